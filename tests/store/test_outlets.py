"""What is stored of who published."""

from sqlalchemy import select

from monitor.store import articles
from monitor.store.database import Database
from monitor.store.tables import Outlet


def test_an_outlet_follows_what_the_configuration_says_of_its_country(database: Database) -> None:
    with database.transaction() as session:
        first = articles.outlet(session, "a.example", name="A")
        for given, stored in (("KZ", "KZ"), ("", "KZ"), ("UZ", "UZ")):
            assert articles.outlet(session, "a.example", name="A", country=given) == first
            assert session.scalar(select(Outlet.country).where(Outlet.id == first)) == stored
