"""Sample pages, which are searched while no page was added, so that examples find something."""

from typing import NamedTuple


class SamplePage(NamedTuple):
    """A page of the sample web.

    Attributes:
        url: Its address.
        title: Its title.
        text: Its contents, as Markdown.
        news: Whether it is a news page.
    """

    url: str
    title: str
    text: str
    news: bool = False


SAMPLES = (
    SamplePage(
        "https://space.example/moons/titan",
        "Titan, the largest moon of Saturn",
        "Titan is the largest moon of Saturn, and the only moon with a dense atmosphere.\n\n"
        "Lakes of methane and ethane lie near its poles. The probe Huygens landed on it in 2005.",
    ),
    SamplePage(
        "https://space.example/moons/europa",
        "Europa and its ocean",
        "Europa is a moon of Jupiter. An ocean of salt water lies below its crust of ice.\n\n"
        "Tides keep the ocean liquid.",
    ),
    SamplePage(
        "https://news.example/2026/titan-mission",
        "A new mission flies to Titan",
        "A new mission to Titan, the moon of Saturn, carries a rotorcraft.\n\n"
        "It is to arrive in the next decade.",
        news=True,
    ),
    SamplePage(
        "https://kitchen.example/bread",
        "Bread for beginners",
        "Bread needs flour, water, salt and yeast.\n\nLet the dough rest for a night, and bake it "
        "at 230 degrees.",
    ),
    SamplePage(
        "https://telephony.example/sip-trunks",
        "What is a SIP trunk?",
        "A SIP trunk connects a telephone system to the public network over the internet.\n\n"
        "Each call uses one channel of the trunk. Codecs such as G.711 and Opus carry the voice.",
    ),
)
