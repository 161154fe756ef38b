"""The report in headless Chromium: it loads nothing, shows every picture, and its tools work."""

import contextlib
import shutil

import pytest

webdriver = pytest.importorskip("selenium.webdriver")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="needs chromium and chromedriver",
    ),
]
ENTER, ESCAPE = "\ue007", "\ue00c"
SIZES = {"desktop": (1400, 1000), "phone": (390, 844)}


@contextlib.contextmanager
def browser(width, height):
    """Chromium with a window of this size, without a network."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        yield driver
    finally:
        driver.quit()


@pytest.fixture(params=SIZES, scope="module")
def page(request, finished):
    with browser(*SIZES[request.param]) as driver:
        driver.get((finished / "results/report.html").as_uri())
        yield driver
        assert driver.get_log("browser") == []


def visible(page, selector):
    """The elements that are shown."""
    return [found for found in page.find_elements("css selector", selector) if found.is_displayed()]


def press(page, key):
    """Send a key to what has the focus."""
    webdriver.ActionChains(page).send_keys(key).perform()


def filter_button(page, verdict):
    return page.find_element("css selector", f"[data-filter='{verdict}']")


def shown_verdicts(page):
    return {claim.get_attribute("data-verdict") for claim in visible(page, ".claim")}


def test_every_picture_is_shown_and_described(page):
    broken = page.execute_script(
        "const all = [...document.querySelectorAll('main img, .card img')];"
        "all.forEach(image => image.loading = 'eager');"
        "return Promise.all(all.map(image => image.decode().then(() => null, () => image.alt)))"
        ".then(found => found.filter(alt => alt !== null));"
    )
    assert broken == []
    pictures = page.find_elements("css selector", "main img")
    assert len(pictures) == len(page.find_elements("css selector", "article")) > 20
    assert all(picture.get_attribute("alt").strip() for picture in pictures)


def test_pictures_have_twice_the_pixels_that_are_shown(page):
    """The narrow ones barely: 3.4 inches at 300 dots, on 511 pixels of a desktop."""
    ratios = page.execute_script(
        "return [...document.querySelectorAll('main img')].map(i => i.naturalWidth / i.clientWidth)"
    )
    assert min(ratios) > 1.95


def test_page_is_not_wider_than_the_window(page):
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_nothing_is_loaded_from_elsewhere(page):
    names = page.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in names if not name.startswith("data:")] == []


def test_claims_are_filtered_by_verdict(page):
    everything = len(visible(page, ".claim"))
    button = filter_button(page, "too small to judge")
    button.click()
    assert shown_verdicts(page) == {"too small to judge"}
    shown = len(visible(page, ".claim"))
    assert page.find_element("id", "state").text == f"{shown} of {everything} claims"
    button.click()
    assert len(visible(page, ".claim")) == everything


def test_search_finds_claims_and_escape_ends_it(page):
    everything = len(visible(page, ".claim"))
    press(page, "/")
    search = page.switch_to.active_element
    assert search.get_attribute("id") == "search"
    search.send_keys("hamming")
    found = visible(page, ".claim")
    assert 0 < len(found) < everything
    parts = {part.get_attribute("id") for part in visible(page, "section.paper")}
    assert "zhong2022" in parts
    assert "demidik2025" not in parts
    press(page, ESCAPE)
    assert len(visible(page, ".claim")) == everything


def test_figure_is_enlarged_by_the_keyboard_and_closed_again(page):
    button = page.find_element("css selector", "button.zoom")
    page.execute_script("arguments[0].focus()", button)
    press(page, ENTER)
    large = page.find_element("css selector", "dialog img")
    assert large.is_displayed()
    assert large.get_attribute("src") == button.find_element("css selector", "img").get_attribute(
        "src"
    )
    press(page, ESCAPE)
    assert not large.is_displayed()


def test_theme_changes_colours(page):
    def background():
        return page.execute_script("return getComputedStyle(document.body).backgroundColor")

    before = background()
    page.find_element("id", "theme").click()
    assert background() != before
    page.find_element("id", "theme").click()
    assert background() == before


def test_dark_page_is_printed_on_white_without_its_tools(page):
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    page.execute_script("document.documentElement.dataset.theme = 'dark'")
    try:
        on_screen = page.execute_script(style, "body", "backgroundColor")
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        printed = page.execute_script(style, "body", "backgroundColor")
        tools = page.execute_script(style, ".tools", "display")
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        page.execute_script("delete document.documentElement.dataset.theme")
    assert on_screen != printed == "rgb(255, 255, 255)"
    assert tools == "none"


def test_links_to_files_beside_the_page_lead_somewhere(page, finished):
    links = page.find_elements("css selector", "figcaption a, header a[href^=score]")
    names = {link.get_attribute("href").rpartition("/results/")[2] for link in links}
    assert len(names) > 40
    assert [name for name in names if not (finished / "results" / name).exists()] == []
