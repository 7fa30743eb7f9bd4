"""The one style sheet: how each kind of widget looks, by its ``kind`` property, from palette and measures.

A kind is set by the widget's own class (`kiosk_app.widgets`), never by a screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_app.design.fonts import FAMILY
from kiosk_app.design.measures import BUTTON_RADIUS, CARD_RADIUS, GAP, SMALL_GAP, TARGET, Type

if TYPE_CHECKING:
    from kiosk_app.design.theme import Theme

_SEMIBOLD, _BOLD = 600, 700
_TONES = ("good", "caution", "bad")


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole application for a theme at its scale."""
    return "\n".join((_ground(theme), _texts(theme), _cards(theme), _buttons(theme), _fields(theme), _scrolling(theme)))


def _ground(theme: Theme) -> str:
    colours = theme.palette
    return f"""
QLabel {{ background: transparent; }}
* {{ font-family: "{FAMILY}"; font-size: {theme.type_px(Type.BODY)}px; color: {colours.ink}; }}
QWidget[kind="screen"], QMainWindow, QDialog {{ background: {colours.surface}; }}
QToolTip {{ background: {colours.raised}; color: {colours.ink}; border: 1px solid {colours.line}; }}
"""


def _texts(theme: Theme) -> str:
    colours = theme.palette
    sizes = (
        ("verdict", Type.VERDICT, _BOLD),
        ("title", Type.TITLE, _BOLD),
        ("instruction", Type.INSTRUCTION, _SEMIBOLD),
        ("strong", Type.BODY, _SEMIBOLD),
        ("body", Type.BODY, 400),
        ("label", Type.LABEL, 400),
    )
    rules = [
        f'QLabel[kind="{kind}"] {{ font-size: {theme.type_px(size)}px; font-weight: {weight}; }}'
        for kind, size, weight in sizes
    ]
    rules += [f'QLabel[tone="{tone}"] {{ color: {getattr(colours, tone)}; }}' for tone in _TONES]
    rules += [
        f'QLabel[tone="quiet"] {{ color: {colours.quiet}; }}',
        f'QLabel[tone="accent"] {{ color: {colours.accent}; }}',
    ]
    return "\n".join(rules)


def _cards(theme: Theme) -> str:
    colours, radius = theme.palette, theme.px(CARD_RADIUS)
    rules = [f'QFrame[kind="card"] {{ background: {colours.raised}; border: none; border-radius: {radius}px; }}']
    rules += [
        f'QFrame[kind="card"][tone="{tone}"] {{ background: {getattr(colours, f"{tone}_soft")}; }}'
        for tone in (*_TONES, "accent")
    ]
    rules.append(f'QFrame[kind="picture"] {{ background: {colours.sunken}; border-radius: {radius}px; }}')
    rules.append(f'QFrame[kind="rule"] {{ background: {colours.sunken}; border: none; }}')
    return "\n".join(rules)


def _buttons(theme: Theme) -> str:
    colours, radius = theme.palette, theme.px(BUTTON_RADIUS)
    return f"""
QPushButton {{
    border: none; border-radius: {radius}px; padding: 0 {theme.px(GAP)}px;
    font-size: {theme.type_px(Type.BODY)}px; font-weight: {_SEMIBOLD}; background: transparent; color: {colours.ink};
}}
QPushButton[kind="main"] {{ background: {colours.accent}; color: {colours.on_accent}; }}
QPushButton[kind="main"]:pressed {{ background: {colours.accent_pressed}; }}
QPushButton[kind="main"]:disabled {{ background: {colours.sunken}; color: {colours.quiet}; }}
QPushButton[kind="plain"] {{ background: {colours.raised}; border: 2px solid {colours.line}; }}
QPushButton[kind="plain"]:pressed {{ background: {colours.accent_soft}; }}
QPushButton[kind="plain"]:disabled {{ color: {colours.quiet}; border-color: {colours.sunken}; }}
QPushButton[kind="plain"]:checked {{ background: {colours.accent_soft}; border-color: {colours.accent}; }}
QPushButton[kind="quiet"] {{ color: {colours.accent}; }}
QPushButton[kind="quiet"]:pressed {{ background: {colours.accent_soft}; }}
QPushButton[kind="quiet"]:disabled {{ color: {colours.quiet}; }}
QPushButton[kind="danger"] {{ background: {colours.raised}; border: 2px solid {colours.bad}; color: {colours.bad}; }}
QPushButton[kind="danger"]:pressed {{ background: {colours.bad_soft}; }}
QPushButton[kind="key"] {{ background: {colours.raised}; font-size: {theme.type_px(Type.INSTRUCTION)}px; }}
QPushButton[kind="key"]:pressed {{ background: {colours.accent_soft}; }}
QPushButton[kind="tile"] {{ background: {colours.raised}; border-radius: {theme.px(CARD_RADIUS)}px; }}
QPushButton[kind="tile"]:pressed {{ background: {colours.accent_soft}; }}
QPushButton[kind="row"] {{ background: {colours.raised}; text-align: left; }}
QPushButton[kind="row"]:pressed, QPushButton[kind="row"]:checked {{ background: {colours.accent_soft}; }}
QPushButton[icon_only="true"] {{ padding: 0; }}
QPushButton:focus {{ border: 3px solid {colours.accent}; }}
QPushButton[kind="main"]:focus {{ border: 3px solid {colours.ink}; }}
"""


def _fields(theme: Theme) -> str:
    colours, radius = theme.palette, theme.px(BUTTON_RADIUS)
    return f"""
QLineEdit, QComboBox, QPlainTextEdit {{
    background: {colours.raised}; color: {colours.ink}; border: 2px solid {colours.line}; border-radius: {radius}px;
    padding: 0 {theme.px(GAP)}px; font-size: {theme.type_px(Type.BODY)}px;
    selection-background-color: {colours.accent}; selection-color: {colours.on_accent};
}}
QPlainTextEdit {{ padding: {theme.px(SMALL_GAP)}px; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{ border: 3px solid {colours.accent}; }}
QLineEdit[tone="bad"] {{ border-color: {colours.bad}; }}
QComboBox::drop-down {{ width: {theme.px(40)}px; border: none; }}
QComboBox QAbstractItemView {{
    background: {colours.raised}; color: {colours.ink}; selection-background-color: {colours.accent_soft};
    selection-color: {colours.ink}; border: 2px solid {colours.line}; outline: none;
}}
QCheckBox {{ spacing: {theme.px(GAP)}px; background: transparent; }}
QCheckBox::indicator {{
    width: {theme.px(32)}px; height: {theme.px(32)}px; border: 2px solid {colours.line};
    border-radius: {theme.px(SMALL_GAP)}px; background: {colours.raised};
}}
QCheckBox::indicator:checked {{ background: {colours.accent}; border-color: {colours.accent}; }}
QCheckBox:focus {{ border: 2px solid {colours.accent}; border-radius: {theme.px(SMALL_GAP)}px; }}
"""


def _scrolling(theme: Theme) -> str:
    colours, width = theme.palette, theme.px(GAP)
    return f"""
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {width}px; margin: 0; }}
QScrollBar::handle:vertical {{
    background: {colours.line}; border-radius: {width // 2}px; min-height: {theme.target(TARGET)}px;
}}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollBar:horizontal {{ height: 0; }}
"""
