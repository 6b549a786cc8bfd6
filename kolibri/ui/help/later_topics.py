"""Topics for the weeks after the first one."""

from django.utils.translation import gettext_lazy as _

from kolibri.ui.help.topic import Topic

LATER = (
    Topic(
        "days",
        _("Days, terms and the archive"),
        (
            _("Open the lesson and then “Days and term”."),
            _("Learners are told the days on which a lesson begins and is due. The days hide nothing."),
            _("Lessons of one term stand together in the list, under the name that you write."),
            _("What is over goes away with “More”, “Put into the archive”. Learners do not see it there."),
            _("In the class's list, choose “In the archive” to see it again, and “Take from the archive” to use it."),
        ),
        _("date, deadline, due, late, calendar, week, folder, old lessons"),
        in_order=False,
    ),
    Topic(
        "copies",
        _("Use a lesson again"),
        (
            _("Press “More” beside the lesson, then “Copy to a class”."),
            _("People come along where they exist: the whole class, and groups of the same name."),
            _("For lessons of every year, press “More”, then “Keep as a template”."),
            _("Every teacher of the school finds it on the class's page under “From a template”."),
        ),
        _("duplicate, next year, another class, share with colleagues, reuse"),
    ),
    Topic(
        "chance",
        _("Groups by chance"),
        (
            _("Open the class and press “By chance”."),
            _("Write how many learners each group shall have."),
            _("Press “Make the groups”. Each learner of the class is in one of them."),
        ),
        _("random, mix, teams, pairs, split the class"),
    ),
    Topic(
        "cards",
        _("Cards and pictures to sign in"),
        (
            _("Open the class and press “Print”, then “Cards to sign in”."),
            _("Each card has a name and a username, and three pictures where the school uses them. Cut them apart."),
            _("Cards have no address, since it can change: it stands on the sheet for the wall."),
            _("Under “Settings of the school”, “With their name and three pictures” gives every learner pictures."),
            _("An admin gives a learner other pictures on the page of the person."),
        ),
        _("small children, login card, print names, picture password, badge"),
        in_order=False,
    ),
    Topic(
        "settings",
        _("Settle how learners sign in"),
        (
            _("Press “School”, then “Settings”. Only an admin of the school can."),
            _("“With their name alone” is quick, and right for small children."),
            _("“With a username and a password” keeps one learner from using another's name."),
            _("Names can be left out of the sign-in page. Then learners type their usernames."),
            _("Press “Save the settings”. They hold at once, and can be undone."),
        ),
        _("options, preferences, rules, sign up, register themselves, school name"),
    ),
    Topic(
        "backups",
        _("Backups"),
        (
            _("A backup of everything but the channels is made each day by itself."),
            _("Under “This computer”, press “Backups” to see them. Only who set up this computer can."),
            _("Once a month, press “Save a backup to a stick”, and write a passphrase that you remember."),
            _("To return to one, press “Bring back”, close the program and start it again."),
            _("What is here at that moment is kept as a backup, too."),
        ),
        _("safe copy, lost data, damaged, stolen, restore, passphrase, new computer"),
    ),
    Topic(
        "stick",
        _("Make a stick for another school"),
        (
            _("Press “Content”, then “Make a stick for another school”."),
            _("Choose the stick and the channels, and press “Make the stick”."),
            _("The program's installers go along where they are at hand, and a page that says what to do."),
            _("At the other school, open the file START.html on the stick."),
            _("People, lessons and results of your own school are not on it."),
        ),
        _("give away, USB, installer, distribute, copy channels"),
    ),
)
