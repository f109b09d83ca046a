"""A host that has made itself at home in Flask in every way Placet could get into."""

from __future__ import annotations

from typing import Any

import marshmallow
from flask import Flask, Response, abort, g, jsonify, render_template_string, request, session
from flask.views import MethodView
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_smorest import Api, Blueprint
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from placet.domain.errors import Forbidden
from tests.hosts.host import KEY

PAGE = """<title>{{ motto }}</title>{% if current_user.is_authenticated %}{{ current_user.id|shout }}{% endif %}
{% for kind, text in get_flashed_messages(with_categories=true) %}{{ kind }} {{ text }}{% endfor %}"""


class User(UserMixin):  # type: ignore[misc] # flask-login brings no types
    """Someone the host knows."""

    def __init__(self, id: str) -> None:
        self.id = id


def full_host(database: str = "", **settings: object) -> Flask:
    """The host; with a database it is set up for Placet, which is not loaded yet."""
    app = Flask("full", static_folder=None)
    app.config |= {"SECRET_KEY": KEY, "API_TITLE": "Of the host", "API_VERSION": "7", "OPENAPI_VERSION": "3.0.3"}
    app.config |= {"OPENAPI_URL_PREFIX": "/docs", "WTF_CSRF_TIME_LIMIT": None, "RATELIMIT_STORAGE_URI": "memory://"}
    app.config |= {"PLACET_DATABASE": database} if database else {}
    app.config |= {f"PLACET_{name.upper()}": value for name, value in settings.items()}
    CSRFProtect(app)
    add_login(app)
    add_hooks(app)
    add_pages(app)
    add_error_pages(app)
    add_api(app)
    limiter = Limiter(lambda: "everyone", app=app)
    app.add_url_rule("/rare", view_func=limiter.limit("2 per day")(lambda: "rare"), endpoint="rare")
    return app


def add_login(app: Flask) -> None:
    manager = LoginManager(app)
    manager.login_view = "enter"
    manager.user_loader(User)

    @app.route("/login", methods=["GET", "POST"])
    def enter() -> str:
        if request.method == "POST":
            login_user(User(request.form["name"]))
        return "login of the host"

    @app.get("/private")
    @login_required
    def private() -> str:
        return f"private to {current_user.id}"


def add_hooks(app: Flask) -> None:
    app.jinja_env.filters["shout"] = str.upper
    app.context_processor(lambda: {"motto": "everything for everyone"})

    @app.before_request
    def begin() -> None:
        g.steps = ["begun"]
        session["visits"] = session.get("visits", 0) + 1

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Steps"] = ",".join([*g.get("steps", ["refused"]), "ended"])
        response.headers["X-Endpoint"] = str(request.endpoint)
        return response

    @app.url_value_preprocessor
    def language(_: str | None, values: dict[str, Any] | None) -> None:
        g.language = (values or {}).pop("language", "en")


def add_pages(app: Flask) -> None:
    app.add_url_rule("/", "home", lambda: render_template_string(PAGE))
    app.add_url_rule("/<language>/here", "here", lambda: f"here in {g.language}")
    app.add_url_rule("/json", "json", lambda: jsonify(b=1, a=[None, 1.5]))
    app.add_url_rule("/token", "token", lambda: render_template_string("{{ csrf_token() }}"))
    app.add_url_rule("/save", "save", lambda: f"saved {request.form['what']}", methods=["POST"])
    app.add_url_rule("/fail/<int:code>", "fail", abort)
    app.add_url_rule("/crash/<kind>", "crash", crash)


def crash(kind: str) -> str:
    """Fail in one of the ways a view can."""
    if kind == "placet":
        raise Forbidden("an error of Placet's, raised by a view of the host")
    raise {"key": KeyError, "value": ValueError, "os": OSError}[kind]("crash")


def add_error_pages(app: Flask) -> None:
    app.register_error_handler(404, lambda error: ("nothing here, says the host", 404))
    app.register_error_handler(500, lambda error: ("host is broken", 500))
    app.register_error_handler(ValueError, lambda error: ("a value, says the host", 400))
    app.register_error_handler(HTTPException, lambda error: (f"{error.name}, says the host", error.code))
    app.register_error_handler(Exception, lambda error: (f"{type(error).__name__}, says the host", 500))


class ItemSchema(marshmallow.Schema):
    name = marshmallow.fields.String(required=True)


def add_api(app: Flask) -> None:
    """The host's own flask-smorest, with a document of its own."""
    blueprint = Blueprint("items", "items", url_prefix="/items")

    @blueprint.route("/")
    class Items(MethodView):
        @blueprint.response(200, ItemSchema(many=True))
        def get(self) -> list[dict[str, str]]:
            return [{"name": "one"}]

        @blueprint.arguments(ItemSchema)
        @blueprint.response(201, ItemSchema)
        def post(self, item: dict[str, str]) -> dict[str, str]:
            return item

    Api(app).register_blueprint(blueprint)
