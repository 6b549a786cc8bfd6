"""The wizard's first three pages: language, school and teacher, first class."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language_info
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import new_learners as names
from kolibri.core.device import passwords
from kolibri.core.device import services
from kolibri.core.device.serializers import ClassSerializer
from kolibri.core.device.serializers import LanguageSerializer
from kolibri.core.device.serializers import SchoolSerializer
from kolibri.setup import languages
from kolibri.setup.answers import PAGES
from kolibri.setup.answers import Answers
from kolibri.setup.answers import Errors
from kolibri.setup.answers import check
from kolibri.setup.answers import keep_class
from kolibri.setup.answers import keep_school
from kolibri.ui.access import open_to
from kolibri.ui.access import this_computer


def show(request: HttpRequest, page: str, context: dict[str, Any], errors: Errors | None = None) -> HttpResponse:
    """Return the page; with errors as 400, and as it was typed."""
    number = PAGES.index(page) + 1
    # The first field has the focus, or, when something is wrong, the first that is.
    more = {"page": page, "number": number, "total": len(PAGES), "errors": errors or {}, "focus": not errors}
    return render(request, f"setup/{page}.html", {**context, **more}, status=400 if errors else 200)


@require_safe
@open_to(this_computer)
def start(request: HttpRequest) -> HttpResponse:
    """Go to the first page that is not answered."""
    return redirect(f"kolibri:setup:{Answers.read().next_page}")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(this_computer)
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language; each button is one and goes on."""
    kept = Answers.read().page("language").get("language", "")
    if request.method == "POST":
        errors = check(LanguageSerializer(data={"language": request.POST.get("language")}))
        if not errors:
            chosen = request.POST["language"]
            services.remember_answers("language", {"language": chosen, "done": True}, language=chosen)
            response = redirect("kolibri:setup:school")
            # A browser that was used here before must not overrule the answer.
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
            return response
    else:
        errors = {}
    first = kept if kept in dict(settings.LANGUAGES) else languages.preselected(request)
    with translation.override(first):
        request.LANGUAGE_CODE = first
        context = {"languages": languages.offered(first), "first": first, "name": get_language_info(first)}
        return show(request, "language", context, errors)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(this_computer)
def school(request: HttpRequest) -> HttpResponse:
    """The school, the teacher and their way to sign in."""
    answers = Answers.read()
    if not answers.is_open("school"):
        return redirect("kolibri:setup:start")
    kept, errors = answers.page("school"), Errors()
    if request.method == "POST":
        known = {"password_is_set": answers.password_is_set}
        errors = check(SchoolSerializer(data=request.POST, context=known))
        hashed = password_to_keep(request, errors)
        is_back = request.POST.get("go") == "back"
        kept = {**kept, **keep_school(request.POST, done=not errors and not is_back, **hashed)}
        if is_back:
            return redirect("kolibri:setup:language")
        if not errors:
            return redirect("kolibri:setup:classroom")
        answers = Answers.read()
    context = {"kept": kept, "password_is_set": answers.password_is_set, "change_password": "change" in request.GET}
    return show(request, "school", context, errors)


@sensitive_post_parameters("password")
@require_POST
@open_to(this_computer)
def school_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed; answer with the username that follows the name, and with the password's strength."""
    given = request.POST.get("username", "").strip()
    kept = keep_school(request.POST)
    context = {
        "kept": kept,
        "username_is_new": kept["username"] != given,
        "strength": _strength(request),
        "errors": {},
    }
    return render(request, "setup/_school_draft.html", context)


@sensitive_post_parameters("password")
@require_POST
@open_to(this_computer)
def password_draft(request: HttpRequest) -> HttpResponse:
    """Keep a password that is good enough, hashed, so that a reload does not ask for it again."""
    errors = check(SchoolSerializer(data=request.POST))
    if hashed := password_to_keep(request, errors):
        services.remember_answers("school", hashed)
    return HttpResponse(status=204)


def password_to_keep(request: HttpRequest, errors: Errors) -> dict[str, Any]:
    """Return the hash of the password that was sent, if there is one and it is good enough."""
    password = request.POST.get("password", "")
    return {} if not password or "password" in errors else {"password_hash": services.hash_password(password)}


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(this_computer)
def classroom(request: HttpRequest) -> HttpResponse:
    """The first class and its learners."""
    answers = Answers.read()
    if not answers.is_open("classroom"):
        return redirect("kolibri:setup:start")
    kept, rows, errors = answers.page("classroom"), answers.rows, Errors()
    if request.method == "POST":
        go = request.POST.get("go", "")
        kept, rows = keep_class(request.POST, answers.taken, done=False)
        errors = _class_errors(request, rows, answers)
        if go == "back":
            return redirect("kolibri:setup:school")
        if go == "usernames":
            errors = {}
        elif not errors:
            services.remember_answers("classroom", {"done": True})
            return redirect("kolibri:setup:content")
    context = {"kept": kept, "rows": names.with_errors(rows, errors)}
    return show(request, "classroom", context, errors)


@require_POST
@open_to(this_computer)
def class_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed; answer with a row and a username for each name."""
    answers = Answers.read()
    _kept, rows = keep_class(request.POST, answers.taken)
    errors = _class_errors(request, rows, answers)
    errors.pop("classroom_name", None)
    context = {"rows": names.with_errors(rows, errors), "errors": errors}
    return render(request, "setup/_learners.html", context)


def _class_errors(request: HttpRequest, rows: list[names.Row], answers: Answers) -> Errors:
    data = {"classroom_name": request.POST.get("classroom_name", ""), "learners": names.as_learners(rows)}
    return check(ClassSerializer(data=data, context={"taken": answers.taken}))


def _strength(request: HttpRequest) -> dict[str, str]:
    password = request.POST.get("password", "")[: passwords.LONGEST]
    about = [request.POST.get(name, "") for name in ("school_name", "full_name", "username")]
    if not password:
        return {"level": "", "sentence": ""}
    return {"level": passwords.strength(password, about).value, "sentence": passwords.sentence(password, about)}
