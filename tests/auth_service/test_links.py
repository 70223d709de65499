from auth_service.links import Links


def test_links_lead_to_the_public_address() -> None:
    links = Links("https://parley.test")
    assert links.invitation("abc") == "https://parley.test/invite/abc"
    assert links.reset("abc") == "https://parley.test/reset/abc"
