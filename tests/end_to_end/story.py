"""What the way tells of: a school, its people, the lesson in its order; and the table of what each job takes."""

from __future__ import annotations

from tests.end_to_end.hands import ClickTable
from tests.end_to_end.window import ROOT

PASSWORD = "blue kettle seven"
NAMES = """Amina Diallo
Ben Okoro
Carla Mendes
David Mwangi
Esther Achieng
Fatou Ndiaye
محمد الأمين
سارة حسن
ሰላም ተስፋዬ
Grace Wanjiru
Hassan Ali
Ines Pereira
John Smith
John Smith
Kwame Mensah
Lucía Fernández
Mary-Jane O’Connor
Nguyễn Thị Lan
Oluwaseun Adebayo-Nwachukwu of Ibadan
Patience Moyo
Quentin Dubois
Rania Haddad
Samuel Otieno
Tatiana Petrova
Umar Farouk
Violet Chanda
Wei Zhang
Xolani Dlamini
Yusuf Ibrahim
Zainab Bello"""
IN_GROUP = ["Amina Diallo", "Carla Mendes", "Grace Wanjiru", "محمد الأمين", "Kwame Mensah", "Zainab Bello"]
LESSON = "Rain and beads"
FIRST_CLASS = "Grade 4"
OTHER_CLASS = "Grade 5"
# Megabytes, so that there is something to see of the import.
FILMS = 120
# The teacher's order: two folders, and a sound found by its name.
WATER = ["The water cycle", "Water words"]
NUMBERS = ["Counting beads", "Adding", "Number words"]
SOUND = "A steady tone"
CLICKS = ClickTable(ROOT / "build" / "clicks.txt")
