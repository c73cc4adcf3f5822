"""The page for a class, in a browser: a patient from diagnosis to remission, a refusal on the way, and the case."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from hscpath import files
from hscpath.lupus import PATHWAY

PLAYGROUND = Path(__file__).parent.parent / "examples" / "playground.py"
CHROMIUM = shutil.which("chromium")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("marimo") is None, reason='no marimo: pip install "hscpath[playground]"'),
    pytest.mark.skipif(find_spec("playwright") is None, reason="no playwright: pip install playwright"),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: install chromium, as in apt-get install chromium"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve the page as a class would see it, and return where."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-m", "marimo", "run", str(PLAYGROUND), "--headless", "--no-token"]
    server = subprocess.Popen(
        [*program, "--host", "127.0.0.1", "--port", str(port)],
        cwd=home, env={**os.environ, "HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until_it_listens(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(20)


def until_it_listens(port):
    """Wait until somebody answers at a port."""
    for _ in range(1800):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the playground does not start: marimo run examples/playground.py")


@pytest.fixture
def page(address):
    """Open the page in a browser that may fetch nothing from elsewhere."""
    playwright = import_module("playwright.sync_api")
    with playwright.sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        page = browser.new_page(viewport={"width": 1200, "height": 1600})
        page.elsewhere = []
        page.route(lambda url: not url.startswith(address), lambda route: refused(page, route))
        page.set_default_timeout(180_000)
        page.goto(address)
        yield page
        browser.close()


def refused(page, route):
    """Note and refuse what the page would fetch from elsewhere."""
    if not route.request.url.startswith(("data:", "blob:")):
        page.elsewhere.append(route.request.url)
    route.abort()


def happens(page, event, reasons=(), **findings):
    """Choose an event, enter its findings by their labels, the day last, and record it once the page knows them."""
    choose(page, event)
    if page.get_by_text("What else was found").count():
        page.get_by_text("What else was found").click()
    day = findings.pop("day")
    for label, value in findings.items():
        enter(page, label.replace("_", " "), value)
    enter_day(page, event, day)
    press_record(page, page.get_by_text(f"Recorded: {event}."), dict.fromkeys(reasons, "for the class"))


def press_record(page, shown, reasons=()):
    """Give the reasons and press "Record it" until the page shows what it should.

    The page draws its fields anew whenever something arrives, and on a busy machine a press or a
    reason can fall in between; a person would do it once more.
    """
    from playwright.sync_api import TimeoutError as NotShown

    for _ in range(4):
        for reason in reasons:
            page.get_by_label(f"Reason for: {reason}").fill(reasons[reason])
        page.get_by_role("button", name="Record it").click()
        with suppress(NotShown):
            return shown.wait_for(timeout=40_000)
    return shown.wait_for()


def choose(page, event):
    """Choose an event, whatever mark stands before it."""
    field = page.get_by_label("What happens next?")
    option = field.locator("option", has_text=re.compile(rf"^{re.escape(event)} [✓?✗]$"))
    option.wait_for(state="attached")
    field.select_option(label=option.inner_text())
    page.get_by_role("heading", name=event, exact=True).wait_for()


def enter(page, label, value):
    """Enter one finding as its kind of field wants it: typed, chosen, or ticked."""
    field = page.get_by_label(re.compile(rf"^{re.escape(label)}(:|$)")).first
    match field.evaluate("field => field.tagName"):
        case "INPUT":
            field.fill(value)
            field.blur()
        case "SELECT":
            field.select_option(label=value)
        case _:
            field.click()
            for option in value.split(","):
                page.get_by_role("option", name=option, exact=True).click()
            page.keyboard.press("Escape")


def enter_day(page, event, day):
    """Enter the day, last of all, and wait until the page knows it: what is asked below is then asked anew no more."""
    enter(page, "day", day)
    page.get_by_text(re.compile(rf"^{re.escape(event)}: .*\bday {day}\b")).first.wait_for()


def stands(page, state):
    """Wait until the page says where the patient stands."""
    page.get_by_role("heading", name=f"You are here: {state}", exact=True).wait_for()


def test_a_class_brings_a_patient_from_diagnosis_to_remission(page, tmp_path):
    """Every step by mouse and keyboard, with a refusal in full, a reason, an undo, and a case that holds at the end."""
    stands(page, "suspected lupus")
    page.locator("svg[aria-roledescription='stateDiagram']").first.wait_for()
    happens(page, "nephritis diagnosed", day="0", UPCR="3400 mg/g", eGFR="78", sex="male", age="31")
    happens(page, "kidney biopsy reported", day="9", biopsy_class="IV-G(A)")
    happens(page, "immunosuppression started", day="14", agents="mycophenolate,glucocorticoid")
    stands(page, "immunosuppression under way")

    # A refusal says why in full, and with a reason for each criterion it goes on; then it is taken back.
    choose(page, "response assessed")
    enter(page, "UPCR", "400 mg/g")
    enter(page, "eGFR", "80")
    enter_day(page, "response assessed", "60")
    press_record(page, page.get_by_text("Refused. response assessed: may not happen without a reason"))
    assert page.get_by_text("✗ three months of therapy").count()
    reasons = {"three months of therapy": "seen early, <b>before</b> a journey"}
    press_record(page, page.get_by_role("heading", name="You are here: complete response", exact=True), reasons)
    page.get_by_role("tab", name="The story so far").click()
    page.get_by_role("tabpanel", name="The story so far").get_by_text("seen early, <b>before</b> a journey").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back: response assessed.").wait_for()
    stands(page, "immunosuppression under way")

    worse = {"UPCR": "3.6", "takes_the_medicines_as_prescribed": "takes the medicines as prescribed"}
    happens(page, "refractory disease declared", day="210", **worse)
    fit = {"indication": "kidney", "ECOG_performance_status": "1", "LVEF": "60", "eGFR": "77"}
    happens(page, "evaluation for transplant started", day="220", **fit)
    happens(page, "accepted for transplant by the multidisciplinary team", day="240")
    happens(page, "written consent signed", day="245")
    happens(page, "mobilisation started", day="250", mobilised_with="cyclophosphamide,G-CSF")
    happens(page, "stem cells collected", day="261", **{"CD34+_cells_collected": "5.1"})
    happens(page, "graft stored", day="262")
    ablation = {
        "conditioned_with": "cyclophosphamide,ATG", "total_cyclophosphamide": "200",
        "other_immunosuppression_continued": "other immunosuppression stopped",
        "uncontrolled_infection": "no uncontrolled infection",
    }  # fmt: skip
    happens(page, "conditioning started", day="285", **ablation)
    happens(page, "conditioning completed", day="288")
    happens(page, "stem cells reinfused", day="290", **{"CD34+_cells_reinfused": "4.9"})
    happens(page, "neutrophils recovered", day="300", consecutive_days_of_neutrophil_recovery="3")
    happens(page, "response assessed", day="480", SLEDAI="2")
    stands(page, "remission after transplant")

    page.get_by_role("tab", name="The ways from here").click()
    shown = page.locator("svg[aria-roledescription='stateDiagram']").first
    shown.wait_for()
    assert "(you are here)" in shown.text_content()
    page.screenshot(path=os.environ.get("PLAYGROUND_SCREENSHOT", tmp_path / "playground.png"))
    page.get_by_role("tab", name="The story so far").click()
    page.get_by_role("tabpanel", name="The story so far").get_by_text("Traynor AE").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a case").or_(page.get_by_text("Download as a case")).first.click()
    case = files.parse_case(Path(download.value.path()).read_bytes())
    assert case.journey(PATHWAY).state.name == case.outcome == "post_hsct_remission"
    assert page.elsewhere == []


def test_the_page_is_worked_with_the_keyboard_alone(page):
    """Every field has a label, is reached by Tab, and is entered without a mouse; a slip is told beside it."""
    stands(page, "suspected lupus")
    page.get_by_label("What happens next?").focus()
    page.keyboard.type("neph")
    page.keyboard.press("Tab")
    page.get_by_role("heading", name="nephritis diagnosed", exact=True).wait_for()
    page.get_by_label("day", exact=True).focus()
    page.keyboard.type("soon")
    page.keyboard.press("Enter")
    page.get_by_text("'soon' is no day").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.get_by_text("nephritis diagnosed: may happen").wait_for()
    page.get_by_role("button", name="Record it").focus()
    page.keyboard.press("Enter")
    stands(page, "lupus nephritis diagnosed")


def test_where_what_is_unknown_decides_someone_says_where_it_led(page):
    """What is not recorded leaves open where a step leads: with where, and a reason, it is let through."""
    stands(page, "suspected lupus")
    choose(page, "kidney biopsy reported")
    page.get_by_label("Where did it lead?").select_option(label="lupus nephritis biopsied and classed")
    page.get_by_label("Reason for: the biopsy shows a class of lupus nephritis").fill("the report is lost")
    page.get_by_role("button", name="Record it").click()
    stands(page, "lupus nephritis biopsied and classed")


def test_the_page_is_of_any_disease_that_is_named(tmp_path):
    """Named as the command line takes it, another disease has the page, and nothing of lupus is on it."""
    page, copy = tmp_path / "page.html", shutil.copy(PLAYGROUND, tmp_path)  # marimo leaves something beside it
    program = [sys.executable, "-m", "marimo", "export", "html", str(copy), "--output", str(page), "--no-sandbox"]
    other = ["--no-include-code", "--", "--pathway", str(PLAYGROUND.with_name("systemic_sclerosis.py"))]
    subprocess.run([*program, *other], check=True, capture_output=True, timeout=120)
    shown = page.read_text(encoding="utf-8")
    assert "You are here: not yet diagnosed" in shown
    assert "suspected" not in shown
