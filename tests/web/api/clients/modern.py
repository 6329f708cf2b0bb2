"""Runs inside an environment with openai 1.x or later: ordinary client code, its outcomes as JSON lines.

Usage: modern.py CASE FOLDER; the client reads OPENAI_BASE_URL and OPENAI_API_KEY by itself.
"""

import base64
import json
import sys
import urllib.request
import warnings
from pathlib import Path

warnings.simplefilter("ignore")  # newer clients call variations deprecated

import openai  # noqa: E402

CASE, FOLDER = sys.argv[1], Path(sys.argv[2])
client = openai.OpenAI()


def tell(name, value):
    sys.stdout.write(json.dumps({"name": name, "value": value}) + "\n")


def links(answer):
    return [each.url.partition("?")[0] for each in answer.data]


def failing(name, call):
    """What an application sees of an error."""
    try:
        call()
    except openai.APIStatusError as error:
        seen = [type(error).__name__, error.status_code, error.type, error.param, error.code]
        tell(name, [*seen, bool(error.request_id)])
    else:
        tell(name, "no error")


def good():
    plain = client.images.generate(prompt="a red apple")
    tell("created", plain.created > 0)
    with urllib.request.urlopen(plain.data[0].url) as file:  # noqa: S310  # our own server
        tell("downloaded", file.read(8) == b"\x89PNG\r\n\x1a\n")
    many = client.images.generate(
        prompt="a red apple", n=2, size="256x256", response_format="b64_json", model="dall-e-2", user="u"
    )
    tell("inline", [len(base64.b64decode(each.b64_json)) > 500 for each in many.data])
    with (FOLDER / "image.png").open("rb") as image, (FOLDER / "mask.png").open("rb") as mask:
        edited = client.images.edit(image=image, mask=mask, prompt="a blue sky", size="256x256", n=1)
    tell("edited", len(edited.data))
    listed = client.images.edit(image=[(FOLDER / "image.png").read_bytes()], prompt="a sky", size="256x256")
    tell("edited from a list", len(listed.data))
    varied = client.images.create_variation(image=(FOLDER / "image.jpg").read_bytes(), size="256x256", n=2)
    tell("varied", len(varied.data))
    tell("converted", (varied.model_extra or {}).get("converted"))
    own = client.images.generate(prompt="a nurse", size="256x256", extra_body={"diversity": "off"})
    tell("own option", len(own.data))
    earlier = {"refine_of": plain.data[0].url}
    refined = client.images.generate(prompt="with a leaf", size="256x256", extra_body=earlier)
    guide = (FOLDER / "image.png").read_bytes()
    guided = client.images.edit(image=guide, prompt="a leaf", size="256x256", extra_body=earlier)
    tell("refined", [len(refined.data), len(guided.data)])
    judged = client.moderations.create(input=["a red apple", "a severed head"])
    tell("moderated", [each.flagged for each in judged.results])
    tell("category", judged.results[1].categories.violence_graphic)
    tell("score", judged.results[0].category_scores.harassment_threatening)
    tell("models", sorted(each.id for each in client.models.list()))
    tell("model", client.models.retrieve("dall-e-2").id)


def errors():
    make, small = client.images.generate, {"size": "256x256"}
    failing("size", lambda: make(prompt="an apple", size="640x480"))
    failing("n", lambda: make(prompt="an apple", n=11))
    failing("prompt", lambda: make(prompt="a" * 1001))
    failing("policy", lambda: make(prompt="a severed head"))
    failing("model", lambda: make(prompt="an apple", model="dall-e-9"))
    failing("later", lambda: make(prompt="an apple", quality="hd"))
    failing("image", lambda: client.images.edit(image=b"hello", prompt="a sky", **small))
    failing("unknown model", lambda: client.models.retrieve("gpt-4"))
    failing("moderation", lambda: client.moderations.create(input=[]))
    failing("key", lambda: client.with_options(api_key="fsk-wrong").images.generate(prompt="an apple"))
    failing("url", lambda: client.post("/engines", cast_to=object, body={}))


def once():
    """A call whose errors, if any, the client repeats by itself."""
    tell("links", links(client.images.generate(prompt="a red apple", size="256x256", n=2)))


def refused():
    failing("refused", lambda: client.images.generate(prompt="a red apple", size="256x256"))


def impatient():
    """An application that waits for a second, and asks again."""
    patient = client.with_options(timeout=1.5, max_retries=4)
    tell("links", links(patient.images.generate(prompt="a red apple", size="256x256")))


def named():
    headers = {"Idempotency-Key": "order-7"}
    for _ in range(2):
        made = client.images.generate(prompt="a red apple", size="256x256", extra_headers=headers)
        tell("links", links(made))


{each.__name__: each for each in (good, errors, once, refused, impatient, named)}[CASE]()
