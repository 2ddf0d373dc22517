"""Country code -> English name: ISO 3166-1 alpha-2, XK, EU, and codes of disputed territories."""

_NAMES = """
    AD Andorra; AE United Arab Emirates; AF Afghanistan; AG Antigua and Barbuda; AI Anguilla; AL Albania; AM
    Armenia; AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; AU Australia; AW Aruba;
    AX Åland Islands; AZ Azerbaijan; AZ-NK Nagorno-Karabakh; BA Bosnia and Herzegovina; BB Barbados; BD
    Bangladesh; BE Belgium; BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin; BL St.
    Barthélemy; BM Bermuda; BN Brunei; BO Bolivia; BQ Caribbean Netherlands; BR Brazil; BS Bahamas; BT
    Bhutan; BV Bouvet Island; BW Botswana; BY Belarus; BZ Belize; CA Canada; CC Cocos (Keeling) Islands; CD
    DR Congo; CF Central African Republic; CG Congo; CH Switzerland; CI Côte d'Ivoire; CK Cook Islands; CL
    Chile; CM Cameroon; CN China; CO Colombia; CR Costa Rica; CU Cuba; CV Cape Verde; CW Curaçao; CX
    Christmas Island; CY Cyprus; CZ Czechia; DE Germany; DJ Djibouti; DK Denmark; DM Dominica; DO Dominican
    Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara; ER Eritrea; ES Spain; ET
    Ethiopia; EU European Union; FI Finland; FJ Fiji; FK Falkland Islands; FM Micronesia; FO Faroe Islands;
    FR France; GA Gabon; GB United Kingdom; GD Grenada; GE Georgia; GE-AB Abkhazia; GE-SO South Ossetia; GF
    French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland; GM Gambia; GN Guinea; GP Guadeloupe;
    GQ Equatorial Guinea; GR Greece; GS South Georgia and South Sandwich Islands; GT Guatemala; GU Guam; GW
    Guinea-Bissau; GY Guyana; HK Hong Kong; HM Heard and McDonald Islands; HN Honduras; HR Croatia; HT
    Haiti; HU Hungary; ID Indonesia; IE Ireland; IL Israel; IM Isle of Man; IN India; IO British Indian
    Ocean Territory; IQ Iraq; IR Iran; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan; KE
    Kenya; KG Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros; KN St. Kitts and Nevis; KP North Korea; KR
    South Korea; KW Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos; LB Lebanon; LC St. Lucia; LI
    Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia; LY Libya;
    MA Morocco; MC Monaco; MD Moldova; MD-SN Transnistria; ME Montenegro; MF St. Martin; MG Madagascar; MH
    Marshall Islands; MK North Macedonia; ML Mali; MM Myanmar; MN Mongolia; MO Macao; MP Northern Mariana
    Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; MU Mauritius; MV Maldives; MW Malawi; MX
    Mexico; MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia; NE Niger; NF Norfolk Island; NG
    Nigeria; NI Nicaragua; NL Netherlands; NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand; OM Oman;
    PA Panama; PE Peru; PF French Polynesia; PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland; PM
    St. Pierre and Miquelon; PN Pitcairn Islands; PR Puerto Rico; PS Palestine; PT Portugal; PW Palau; PY
    Paraguay; QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia; RW Rwanda; SA Saudi Arabia; SB Solomon
    Islands; SC Seychelles; SD Sudan; SE Sweden; SG Singapore; SH St. Helena; SI Slovenia; SJ Svalbard and
    Jan Mayen; SK Slovakia; SL Sierra Leone; SM San Marino; SN Senegal; SO Somalia; SR Suriname; SS South
    Sudan; ST São Tomé and Príncipe; SV El Salvador; SX Sint Maarten; SY Syria; SZ Eswatini; TC Turks and
    Caicos Islands; TD Chad; TF French Southern Territories; TG Togo; TH Thailand; TJ Tajikistan; TK
    Tokelau; TL Timor-Leste; TM Turkmenistan; TN Tunisia; TO Tonga; TR Turkey; TT Trinidad and Tobago; TV
    Tuvalu; TW Taiwan; TZ Tanzania; UA Ukraine; UA-43 Crimea; UG Uganda; UM U.S. Outlying Islands; US United
    States; UY Uruguay; UZ Uzbekistan; VA Vatican City; VC St. Vincent and Grenadines; VE Venezuela; VG
    British Virgin Islands; VI U.S. Virgin Islands; VN Vietnam; VU Vanuatu; WF Wallis and Futuna; WS Samoa;
    XK Kosovo; YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia; ZW Zimbabwe
"""

COUNTRY_NAMES: dict[str, str] = {
    code: name for code, _, name in (entry.partition(" ") for entry in " ".join(_NAMES.split()).split("; "))
}


# Top-level domains of countries that anybody buys for the sound of them; what stands there says nothing.
_SOLD_ABROAD = frozenset(
    "ac ad ag ai as bz cc cd cf co cx dj eu fm ga gd gg gl gq gs gy hn ht im io is la lc ly me mg ml "
    "ms mu nf nu pn pw sc sh so sr st su sx tc tk to tv vc vg ws".split()
)
_OTHER_DOMAINS = """
    uk GB; xn--p1ai RU; xn--80ao21a KZ; xn--j1amh UA; xn--90ais BY; xn--y9a3aq AM; xn--node GE; xn--l1acc MN;
    xn--fiqs8s CN
"""
_TOP_LEVEL_DOMAINS = {
    code.lower(): code for code in COUNTRY_NAMES if len(code) == 2 and code.lower() not in _SOLD_ABROAD
} | dict(entry.split() for entry in _OTHER_DOMAINS.split(";"))


def country_of_site(site: str) -> str:
    """Return the code of the country under whose domain a site is (`tengrinews.kz`, with or without a port).

    Empty for other domains, also for those of countries that are sold to all the world, such as `.io`.
    """
    host = site.partition(":")[0].rstrip(".")
    return _TOP_LEVEL_DOMAINS.get(host.rpartition(".")[2].lower(), "") if "." in host else ""


def country_name(code: str) -> str:
    """Return the English name of a country code, or the code itself where it is unknown."""
    return COUNTRY_NAMES.get(code, code)
