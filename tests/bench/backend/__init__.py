"""The backend's speed and memory as ratios, each measured side by side in one run."""
