"""What an export writes into files, what it leaves in them, and what it calls them."""

import pytest
from support import pictures
from support.api import Api
from support.judges import exiftool, looked_at

# --- metadata


WORDS = {
    "alt": "Ein Füchs im Schnee 🦊",
    "title": "赤い狐",
    "caption": "Été — наш дом",
    "description": "ثعلب أحمر في الثلج. A longer description, with “quotes” & <angles>.",
    "seoTags": ["fox", "雪", "hiver été"],
    "copyright": "© 2024 Jürgen",
    "creator": "Ωmega Photographer",
    "credit": "Агентство",
}


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_words_are_written_as_xmp_in_every_format(api: Api, kind: str):
    file = api.export_one(pictures.png(), {"format": kind}, metadata=WORDS)
    looked_at(file)
    read = exiftool(file.content)
    assert read["XMP-dc:Title"] == WORDS["title"]
    assert read["XMP-dc:Description"] == WORDS["description"]
    assert read["XMP-dc:Subject"] == WORDS["seoTags"]
    assert read["XMP-dc:Rights"] == WORDS["copyright"]
    assert read["XMP-dc:Creator"] in (WORDS["creator"], [WORDS["creator"]])
    assert read["XMP-photoshop:Credit"] == WORDS["credit"]
    assert read["XMP-photoshop:Headline"] == WORDS["caption"]
    assert read["XMP-iptcCore:AltTextAccessibility"] == WORDS["alt"]
    assert read["XMP-iptcCore:ExtDescrAccessibility"] == WORDS["description"]
    warning = exiftool(file.content, "-validate", "-warning").get("ExifTool:Warning", "")
    assert not warning or warning.startswith("Missing required"), warning  # nobody needs a JPEG's resolution


def test_xmp_names_the_language(api: Api):
    file = api.export_one(pictures.jpeg(), {"format": "jpeg"}, metadata={**WORDS, "language": "de"})
    read = exiftool(file.content)
    assert read.get("XMP-dc:Title-de", read["XMP-dc:Title"]) == WORDS["title"]
    assert b'xml:lang="de"' in file.content or b"xml:lang='de'" in file.content


def test_jpeg_carries_iptc_and_exif_as_well(api: Api):
    file = api.export_one(pictures.png(), {"format": "jpeg"}, metadata=WORDS)
    read = exiftool(file.content)
    assert read["IPTC:ObjectName"] == WORDS["title"]
    assert read["IPTC:Caption-Abstract"] == WORDS["caption"]
    assert read["IPTC:Keywords"] == WORDS["seoTags"]
    assert read["IPTC:CopyrightNotice"] == WORDS["copyright"]
    assert read["IPTC:By-line"] == WORDS["creator"]
    assert read["IPTC:Credit"] == WORDS["credit"]
    assert read["IFD0:ImageDescription"] == WORDS["description"]
    assert read["IFD0:Copyright"] == WORDS["copyright"]
    assert read["IFD0:Artist"] == WORDS["creator"]
    assert "雪" in str(read["IFD0:XPKeywords"])


def test_stored_words_are_written_and_a_pictures_own_win(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg()), ("b.jpg", pictures.jpeg(200, 150, 2)))
    first, second = session["images"]
    base = f"/v1/sessions/{session['sessionId']}/images"
    for image in (first, second):
        api.patch(f"{base}/{image['id']}/metadata", json={"alt": "stored", "title": "stored title"})
    images = [{"id": first["id"]}, {"id": second["id"], "metadata": {"alt": "of this export"}}]
    result = api.export(session["sessionId"], {"format": "jpeg"}, images=images)
    seen = [exiftool(api.download(image, "full").content) for image in result["images"]]
    assert [read["XMP-iptcCore:AltTextAccessibility"] for read in seen] == ["stored", "of this export"]
    assert [read["XMP-dc:Title"] for read in seen] == ["stored title"] * 2
    assert api.get(f"{base}/{second['id']}").json()["metadata"]["alt"] == "stored"


def test_embed_metadata_off_writes_none(api: Api):
    file = api.export_one(pictures.png(), {"format": "jpeg", "embedMetadata": False}, metadata=WORDS)
    assert WORDS["title"] not in exiftool(file.content).values()


def test_gps_goes_unless_it_is_asked_for(api: Api):
    def gps(settings: dict) -> list[str]:
        read = exiftool(api.export_one(pictures.camera_jpeg(), settings).content)
        return [name for name in read if "GPS" in name]

    assert not gps({"format": "jpeg"})
    assert not gps({"format": "jpeg", "keep": ["exif", "icc"]})
    assert not gps({"format": "webp", "keep": ["exif"]})
    assert gps({"format": "jpeg", "keep": ["exif", "gps"]})
    assert gps({"format": "jpeg", "keep": ["all"]})


def test_keep_says_what_of_the_camera_stays(api: Api):
    by_default = exiftool(api.export_one(pictures.camera_jpeg(), {"format": "jpeg"}).content)
    assert by_default["IFD0:Copyright"] == "(c) Somebody"
    assert "IFD0:Model" not in by_default
    with_exif = exiftool(api.export_one(pictures.camera_jpeg(), {"format": "jpeg", "keep": ["exif"]}).content)
    assert with_exif["IFD0:Model"] == "Test Camera"
    assert with_exif["ExifIFD:DateTimeOriginal"] == "2024:02:03 04:05:06"
    settings = {"format": "jpeg", "keep": ["none"], "embedMetadata": False}
    bare = exiftool(api.export_one(pictures.camera_jpeg(), settings).content)
    assert not [name for name in bare if name.startswith(("IFD0:Copyright", "IFD0:Model", "XMP", "IPTC"))]


def test_prefer_file_keeps_the_words_that_the_upload_carried(api: Api):
    tagged = api.export_one(pictures.png(), {"format": "jpeg"}, metadata={"title": "from the file", "alt": "file alt"})
    session = api.upload(("tagged.jpg", tagged.content))
    assert session["images"][0]["embedded"]["title"] == "from the file"
    assert session["images"][0]["embedded"]["alt"] == "file alt"
    images = [{"id": session["images"][0]["id"], "metadata": {"title": "from analysis", "alt": "analysed"}}]

    def title(prefer: str) -> str:
        result = api.export(session["sessionId"], {"format": "jpeg", "prefer": prefer, "quality": 50}, images=images)
        return exiftool(api.download(result["images"][0], "full").content)["XMP-dc:Title"]

    assert title("file") == "from the file"
    assert title("analysis") == "from analysis"


# --- names


def test_names_come_from_the_metadata_and_collisions_get_numbers(api: Api):
    session = api.upload(*[(f"{i}.jpg", pictures.jpeg(64, 64, i)) for i in range(3)])
    images = [{"id": image["id"], "metadata": {"filename": "red-fox"}} for image in session["images"]]
    result = api.export(session["sessionId"], {"format": "webp"}, images=images)
    names = [image["variants"][0]["filename"] for image in result["images"]]
    assert names == ["red-fox.webp", "red-fox-2.webp", "red-fox-3.webp"]
    urls = {image["variants"][0]["url"] for image in result["images"]}
    assert len(urls) == 3


def test_a_template_puts_the_name_in(api: Api):
    settings = {"format": "jpeg", "filename": "shop-{filename}-web"}
    file = api.export_one(pictures.png(), settings, metadata={"filename": "red-fox"})
    assert file.variant["filename"] == "shop-red-fox-web.jpg"


@pytest.mark.parametrize("template", ["../{filename}", "a/b", ".hidden", "x\u0000y", "con:aux", "a\\b"])
def test_a_template_never_leaves_its_folder(api: Api, template: str):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))["sessionId"]
    body = {"sessionId": session, "settings": {"filename": template}}
    api.problem("POST", "/v1/export", 422, "invalid_field", json=body)


def test_without_words_the_name_is_that_of_the_upload(api: Api):
    file = api.export_one(pictures.jpeg(64, 64), {"format": "webp"}, name="IMG_0042.JPG")
    assert file.variant["filename"].lower() in ("img_0042.webp", "img-0042.webp")
