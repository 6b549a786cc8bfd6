"""The program's own icons, drawn on a 24 by 24 grid with a line of 1.75; none stands without its word."""

PATHS = {
    "add": "M12 5v14M5 12h14",
    "audio": ("M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z"),
    "back": "M15 5l-7 7 7 7",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "class": (
        "M4 19v-2a4 4 0 0 1 4-4h3a4 4 0 0 1 4 4v2M9.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"
        "M20 19v-1.5a3.5 3.5 0 0 0-2.5-3.3M15.5 4a3 3 0 0 1 0 5.3"
    ),
    "computer": "M4 5h16v10.5H4ZM9 19.5h6M12 15.5v4",
    "content": (
        "M4 5.5A1.5 1.5 0 0 1 5.5 4H11v15H5.5A1.5 1.5 0 0 1 4 17.5Z"
        "M13 4h5.5A1.5 1.5 0 0 1 20 5.5v12a1.5 1.5 0 0 1-1.5 1.5H13Z"
    ),
    "delete": "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7",
    "document": "M7 3.5h7L18 8v12.5H7ZM14 3.5V8h4M10 12h5M10 15.5h5",
    "down": "M6 9.5l6 6 6-6",
    "exercise": "M5 4.5h14v15H5ZM8.5 12l2.5 2.5 4.5-5",
    "grip": "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
    "html5": "M4 5h16v14H4ZM4 9h16M9.5 12.5L8 14l1.5 1.5M14.5 12.5L16 14l-1.5 1.5",
    "lesson": "M6 4h12v16H6ZM9 8h6M9 12h6M9 16h3",
    "minus": "M5 12h14",
    "other": "M6 4h12v16H6Z",
    "remove": "M6 6l12 12M18 6L6 18",
    "school": "M3 10l9-5 9 5-9 5ZM7 12.5V17c3 2 7 2 10 0v-4.5",
    "search": "M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM15.5 15.5L20 20",
    "share": "M5 12a10 10 0 0 1 14 0M8 15a6 6 0 0 1 8 0M12 18.5h.01",
    "topic": "M3.5 6.5h6l2 2.5h9v10h-17Z",
    "up": "M6 14.5l6-6 6 6",
    "video": "M4 5.5h16v13H4ZM10 9v6l5-3Z",
}

# These point somewhere, and so are mirrored in right-to-left text.
TURNS = {"back"}
