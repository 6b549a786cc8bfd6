"""The topics, in the order in which a school needs them.

Words in “…” are those of the screens, letter for letter: a test compares them with what is translated.
"""

from django.utils.translation import gettext_lazy as _

from kolibri.ui.help.later_topics import LATER
from kolibri.ui.help.topic import For
from kolibri.ui.help.topic import Topic

TOPICS = (
    Topic(
        "first-steps",
        _("The first three steps"),
        (
            _("Bring in content from a stick: lessons are made of it. Press “Content”."),
            _("Make a lesson: open your class and press “New lesson”."),
            _("Press “Share with the class”, so that learners open the lesson on their own devices."),
            _("Everything stays on this computer; the internet is not needed."),
        ),
        _("start, begin, beginner, new, how it works"),
    ),
    Topic(
        "class",
        _("Set up a class"),
        (
            _("Press “School”, write the name of the new class and press “Make the class”."),
            _("Then add its learners by their names, or from a file."),
            _("To give the class a teacher, open the person under “People of the school” and tick the class."),
            _("Only an admin of the school can do this. Other teachers see the classes that they teach."),
        ),
        _("create, grade, year, room, new class"),
    ),
    Topic(
        "names",
        _("Add learners by pasting names"),
        (
            _("Press “School” and open the class."),
            _("Write or paste the names, one name a line."),
            _("A username is made from each name. Change it, if you like, before you go on."),
            _("Press “Add to the class”. Learners sign in with these usernames."),
        ),
        _("pupil, student, list, copy, register, new learner"),
    ),
    Topic(
        "file",
        _("Add learners from a file"),
        (
            _("Save your list as an Excel workbook (.xlsx) or as CSV. Names alone are enough."),
            _("If there are more columns, the first row says what each one holds: Name, Username, Class."),
            _("Press “School”, open the class and choose the file."),
            _("You first see what will happen, and which rows must be corrected. Nothing is written before you agree."),
        ),
        _("Excel, CSV, XLSX, table, spreadsheet, import, upload, list"),
    ),
    Topic(
        "password",
        _("A forgotten password or username"),
        (
            _("Open the class: beside each name stands the username."),
            _("Nobody can read a password, but an admin of the school can give a new one."),
            _("Press “School”, then “People of the school”, and open the person."),
            _("Write a new password and press “Give this password”."),
            _("An admin who forgot his or her own presses “Forgot the password?” and uses the recovery code on paper."),
        ),
        _("lost, sign in, log in, reset, code, cannot enter"),
        reader=For.EVERYBODY,
    ),
    Topic(
        "content",
        _("Bring in content from a stick"),
        (
            _("Put the stick with channels into this computer."),
            _("Press “Content”: the channels on the stick appear by themselves."),
            _("Tick the channels that you want and bring them in. You can go on working meanwhile."),
            _("If the stick was taken out too early, put it in again and go on: what was copied is kept."),
            _("To bring in only some folders of a channel, press “Choose parts” beside it."),
            _("Learners find all of it in their library, unless you turn “Learners may look through all content” off."),
        ),
        _("channel, USB, flash drive, memory, import, copy, video, book"),
    ),
    Topic(
        "lesson",
        _("Make a lesson"),
        (
            _("Open the class and press “New lesson”."),
            _("Write a title by which learners find it."),
            _("Under “Add resources”, search or open folders, and tick what belongs to the lesson."),
            _("If something is gone later, the lesson says which channel to bring in, or “Take out what is gone”."),
            _("Drag the resources to change their order."),
            _("Everything is saved by itself."),
        ),
        _("create, plan, task, homework, video, book, order, resource"),
    ),
    Topic(
        "own-files",
        _("Add a file of your own to a lesson"),
        (
            _("Open the lesson and press “Add a file of your own”, on the computer or on your phone."),
            _("Choose one file or several: PDF, pictures, films (MP4), sounds (MP3), books (EPUB)."),
            _("Save a letter or slides from an office program as a PDF first."),
            _("Learners open it like every other resource. “Saved” says that it is there."),
            _("To delete a file for everybody: open “Content”, then the channel of your own files."),
        ),
        _("upload, own file, PDF, photo, picture, Word, PowerPoint, worksheet, phone"),
    ),
    Topic(
        "who",
        _("Choose who gets a lesson"),
        (
            _("Open the lesson and look for “Who gets it”."),
            _("Choose the whole class, groups, or single learners."),
            _("To make a group, open the class, press “New group” and tick who is in it."),
            _("The lesson says how many learners get it."),
        ),
        _("group, assign, give, individual, some learners"),
    ),
    Topic(
        "visible",
        _("Show and hide a lesson"),
        (
            _("Learners see a lesson only while it is visible."),
            _("Open the lesson and turn on “Visible to learners”. To hide it, turn it off."),
            _("The list of lessons of the class has the same switch."),
            _("What learners have done stays, also in a hidden lesson."),
        ),
        _("publish, open, close, on, off, visible, hidden"),
        in_order=False,
    ),
    Topic(
        "share",
        _("Share with the class"),
        (
            _("Connect this computer to the school's Wi-Fi, or switch its hotspot on."),
            _("Press “Share with the class”. An address and a QR code appear."),
            _("Learners connect their phones, tablets or computers to the same network."),
            _("They write the address into a browser, or point the camera at the code."),
            _("“Print this sheet” gives a sheet for the wall. If the address changes, print it again."),
            _("Keep the program open while the class works."),
        ),
        _("wifi, network, address, QR code, hotspot, phone, tablet, connect, router"),
    ),
    Topic(
        "sync",
        _("Sync with other computers"),
        (
            _("Connect both computers to the same network."),
            _("On the one, open “Share with the class” and let other computers sync with it."),
            _("On the other, type its address, and the name and password of an admin there. They are asked for once."),
            _("Both then know the same people, classes, lessons and results."),
            _("If the connection is lost, sync again: it goes on where it stopped."),
        ),
        _("synchronise, merge, second computer, network, backup, copy, exchange"),
    ),
    Topic(
        "learners-see",
        _("What learners see"),
        (
            _("Learners choose their class and name, or sign in with a username, as the school has settled it."),
            _("They see the lessons that are for them and visible, and nothing of other learners."),
            _("They open one resource after the other. When they come back, they go on where they stopped."),
            _("To look at a lesson with their eyes, open it, press “More”, then “See it as a learner”."),
        ),
        _("pupil, student, phone, view, account"),
        in_order=False,
    ),
    Topic(
        "report",
        _("See what learners have done, and print it"),
        (
            _("The class's list says how many have finished each lesson. Press that, or “Progress” on the lesson."),
            _("You see who has finished, who is on the way and who has not begun, and the minutes that each took."),
            _("Press a learner's name for all lessons of this learner, resource by resource."),
            _("Press “Print” for a sheet on paper."),
            _("Press “Save as a table” to open it in a spreadsheet."),
        ),
        _("progress, report, result, marks, finished, paper, printer, CSV, Excel"),
    ),
    Topic(
        "undo",
        _("Undo a mistake"),
        (
            _("After a change, “Undo” stands on the page. Press it, and all is as it was."),
            _("A deleted lesson or a removed learner comes back in the same way."),
            _("People who were removed are still listed under “People of the school”: press “Bring back”."),
            _("A deleted channel cannot be undone: it comes back from a stick only."),
        ),
        _("delete, wrong, error, restore, get back, history"),
        in_order=False,
    ),
    Topic(
        "teachers",
        _("More teachers"),
        (
            _("Only an admin of the school can add teachers."),
            _("Press “School”, then “People of the school”, then “Add a person”."),
            _("Write the name, a username and a password."),
            _("Then choose “Teacher of some classes” and tick the classes, or “Teacher of all classes”."),
            _("“Admin of the school” is for somebody who also looks after people and classes."),
        ),
        _("colleague, coach, staff, head teacher, rights, role, admin"),
    ),
    Topic(
        "trouble",
        _("When something does not work"),
        (
            _("Learners cannot open the address: check that their devices are on the same network as this computer."),
            _("A learner does not see a lesson: check that it is visible and that this learner gets it."),
            _("The program does not answer: wait a moment. What you typed stays on the page and is saved later."),
            _("A video does not play: press “Open in the browser”."),
            _("If nothing helps, close the program and open it again. What was saved is safe."),
        ),
        _("problem, error, slow, broken, stuck, help, restart, video"),
        in_order=False,
    ),
    Topic(
        "another-school",
        _("Take the program to another school"),
        (
            _("Under “Content”, press “Make a stick for another school”: channels and the program go onto a stick."),
            _("For Windows computers where nothing may be installed, tick the program that runs from the stick there."),
            _("At the other school, open the file START.html on the stick. Your own school's data stays with you."),
            _("To move your own school to a new computer, save a backup: “Backups”, “Save a backup to a stick”."),
            _("Keep that stick safe: with its passphrase, it holds the data of your learners."),
        ),
        _("copy, move, backup, new computer, install, USB"),
        in_order=False,
    ),
    *LATER,
    Topic(
        "my-lessons",
        _("How to open your lessons"),
        (
            _("Choose your class and your name, or sign in with your username."),
            _("Press a lesson, then its first resource."),
            _("At the end of a resource, go on to the next one."),
            _("Finished? Look in the library: there is more to learn with."),
            _("You can stop at any time and go on later where you stopped."),
            _("If something is missing or you cannot sign in, tell your teacher."),
        ),
        _("learner, begin, start, password, video, forgotten"),
        reader=For.LEARNERS,
    ),
)

BY_NAME = {topic.name: topic for topic in TOPICS}
