"""Runs inside an environment with openai 0.28.1: code as it was written in 2022 and 2023.

Usage: first.py CASE FOLDER; the client reads OPENAI_API_BASE and OPENAI_API_KEY by itself.
"""

import base64
import json
import sys
import urllib.request
from pathlib import Path

import openai

CASE, FOLDER = sys.argv[1], Path(sys.argv[2])


def tell(name, value):
    sys.stdout.write(json.dumps({"name": name, "value": value}) + "\n")


def links(answer):
    return [each["url"].partition("?")[0] for each in answer["data"]]


def failing(name, call):
    try:
        call()
    except openai.error.OpenAIError as error:
        body = error.json_body["error"]
        seen = [type(error).__name__, error.http_status, body["type"], body["param"], body["code"]]
        tell(name, [*seen, error.headers["x-request-id"].startswith("req_")])
    else:
        tell(name, "no error")


def good():
    plain = openai.Image.create(prompt="a red apple")
    tell("created", plain["created"] > 0)
    with urllib.request.urlopen(plain["data"][0]["url"]) as file:  # noqa: S310  # our own server
        tell("downloaded", file.read(8) == b"\x89PNG\r\n\x1a\n")
    many = openai.Image.create(
        prompt="a red apple", n=2, size="256x256", response_format="b64_json", user="u"
    )
    tell("inline", [len(base64.b64decode(each["b64_json"])) > 500 for each in many["data"]])
    with (FOLDER / "image.png").open("rb") as image, (FOLDER / "mask.png").open("rb") as mask:
        edited = openai.Image.create_edit(image=image, mask=mask, prompt="a blue sky", size="256x256", n=1)
    tell("edited", len(edited["data"]))
    with (FOLDER / "image.jpg").open("rb") as image:
        varied = openai.Image.create_variation(image=image, size="256x256", n=2)
    tell("varied", len(varied["data"]))
    tell("converted", varied.get("converted"))
    earlier = {"refine_of": plain["data"][0]["url"], "size": "256x256"}
    refined = openai.Image.create(prompt="with a leaf", strength=0.3, **earlier)
    with (FOLDER / "image.png").open("rb") as image:
        guided = openai.Image.create_edit(image=image, prompt="a leaf", **earlier)
    tell("refined", [len(refined["data"]), len(guided["data"])])
    judged = openai.Moderation.create(input=["a red apple", "a severed head"])
    tell("moderated", [each["flagged"] for each in judged["results"]])
    tell("category", judged["results"][1]["categories"]["violence/graphic"])
    tell("score", judged["results"][0]["category_scores"]["harassment/threatening"])
    tell("models", sorted(each["id"] for each in openai.Model.list()["data"]))
    tell("model", openai.Model.retrieve("dall-e-2")["id"])


def errors():
    make = openai.Image.create
    failing("size", lambda: make(prompt="an apple", size="640x480"))
    failing("n", lambda: make(prompt="an apple", n=11))
    failing("prompt", lambda: make(prompt="a" * 1001))
    failing("policy", lambda: make(prompt="a severed head"))
    failing("model", lambda: make(prompt="an apple", model="dall-e-9"))
    failing("later", lambda: make(prompt="an apple", quality="hd"))
    failing("image", lambda: openai.Image.create_edit(image=b"hello", prompt="a sky", size="256x256"))
    failing("unknown model", lambda: openai.Model.retrieve("gpt-4"))
    failing("moderation", lambda: openai.Moderation.create(input=[]))
    failing("key", lambda: make(prompt="an apple", api_key="fsk-wrong"))
    failing("url", openai.Engine.list)


def once():
    tell("links", links(openai.Image.create(prompt="a red apple", size="256x256", n=2)))


def refused():
    failing("refused", lambda: openai.Image.create(prompt="a red apple", size="256x256"))


{each.__name__: each for each in (good, errors, once, refused)}[CASE]()
