"""Files of people's own: a teacher's PDF or film becomes a resource of this computer's own channel."""
