"""Fill the site with people, questions, votes and comments: the same ones on every machine."""

import random
from datetime import timedelta

from people.models import Profile

from hotclub.contrib.auth import get_user_model
from hotclub.core.management.base import BaseCommand
from hotclub.db import transaction
from hotclub.utils import timezone
from hotclub.utils.text import slugify
from polls.models import Choice, Comment, Question, Tag, Vote

PEOPLE = {
    "ada": "Keeps the notes, and the biscuits.",
    "django": "Plays the guitar with two fingers and no regrets.",
    "grace": "Finds the moth in every machine.",
    "stephane": "Violin, arguments, late trains.",
    "rosa": "Plants trees where there is asphalt.",
    "tove": "Draws what she cannot say.",
    "emil": "Knows the timetable by heart.",
    "nina": "Sings first, asks later.",
}
QUESTIONS = [
    (
        "Which evening should the club meet?",
        "We need one that works for most of us until spring.",
        ["club"],
        ["Tuesday", "Thursday", "Sunday"],
    ),
    (
        "Tabs or spaces?",
        "Be honest. Nobody is watching, except everybody.",
        ["code"],
        ["Tabs", "Spaces", "Whatever the formatter says"],
    ),
    (
        "What should we play at the summer concert?",
        "Two sets, one encore.",
        ["music", "club"],
        ["Only swing", "Half swing, half new", "Let the audience vote"],
    ),
    ("How do you like your coffee?", "", ["food"], ["Black", "With milk", "Tea, thank you", "None"]),
    (
        "Best first programming language?",
        "For a curious fourteen-year-old with one free hour a day.",
        ["code", "learning"],
        ["Python", "JavaScript", "Scratch", "C, to build character"],
    ),
    (
        "Should the library stay open on Sundays?",
        "The city asks for opinions until the end of the month.",
        ["city"],
        ["Yes", "Only in winter", "No"],
    ),
    ("Which bridge needs a bicycle lane first?", "", ["city"], ["The old one", "The new one", "Both at once"]),
    (
        "How many unread books are on your table?",
        "Audio books count.",
        ["learning"],
        ["None", "One to three", "Four to ten", "I stopped counting"],
    ),
    (
        "What do we bring to the picnic?",
        "Twelve people, one grill, a doubtful forecast.",
        ["food", "club"],
        ["Salads", "Bread and cheese", "An umbrella"],
    ),
    ("Vinyl, disc or stream?", "", ["music"], ["Vinyl", "Disc", "Stream", "I only listen live"]),
    ("When do you write tests?", "", ["code"], ["Before", "During", "After", "On the day of the outage"]),
    (
        "A name for the club's cat?",
        "She is grey and does what she wants.",
        ["club"],
        ["Minor Swing", "Nuages", "Sunshine", "The Manager"],
    ),
]
REMARKS = [
    "I did not expect that result at all.",
    "Thursday is choir, please not Thursday.",
    "Could we ask this again in a month?",
    "The third choice is the only honest one.",
    "There is a long essay about this at https://example.com/essay and it changed my mind.",
    "Count me in.",
    "I would like a choice “none of these”.",
    "Well asked!",
]


class Command(BaseCommand):
    help = "Fill the site with sample data. Does nothing if there are questions already."

    @transaction.atomic
    def handle(self, *args, **options):
        if Question.objects.exists():
            self.stdout.write("The site has questions already; nothing to do.")
            return
        chance = random.Random(1934)
        now = timezone.now()
        User = get_user_model()
        users = []
        for number, (name, bio) in enumerate(PEOPLE.items()):
            user = User(username=name, email=f"{name}@example.com")
            user.set_unusable_password()
            user.save()
            Profile.objects.create(user=user, bio=bio, hue=(number * 47 + 20) % 360)
            users.append(user)
        tags = {
            name: Tag.objects.create(name=name, slug=slugify(name))
            for name in sorted({t for q in QUESTIONS for t in q[2]})
        }
        for number, (text, details, labels, choices) in enumerate(QUESTIONS):
            question = Question.objects.create(
                text=text,
                details=details,
                author=chance.choice(users),
                pub_date=now - timedelta(hours=7 + 29 * (len(QUESTIONS) - number)),
                closes=now - timedelta(hours=2) if number == 2 else None,
            )
            question.tags.set(tags[label] for label in labels)
            options_ = Choice.objects.bulk_create(Choice(question=question, text=choice) for choice in choices)
            weights = [chance.random() ** 2 + 0.05 for _ in options_]
            voters = chance.sample(users, chance.randint(3, len(users)))
            Vote.objects.bulk_create(
                Vote(question=question, voter=voter, choice=chance.choices(options_, weights)[0]) for voter in voters
            )
            Comment.objects.bulk_create(
                Comment(question=question, author=chance.choice(users), body=body)
                for body in chance.sample(REMARKS, chance.randint(0, 4))
            )
        self.stdout.write(
            f"{len(users)} people, {Question.objects.count()} questions, {Vote.objects.count()} votes, "
            f"{Comment.objects.count()} comments."
        )
