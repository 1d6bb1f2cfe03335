"""The style sheet: what Fusion and a palette cannot express, such as chips, the Invoke button, tabs and thin splitters.

It is short on purpose, because Qt stops propagating the palette to whatever a style sheet touches. Panels have no sheets of their
own beside it: whenever the application's one changes, Qt styles all that is below such a panel once more (with all panels made,
another theme took twice as long). Single labels may.

What another theme costs is the number of widgets, not the sheet: with all panels made (916 widgets), a sheet of a single
rule takes 41 ms to put on and 38 to take off (processor time, the least of five), with its 141 rules 68 and 52. Without rules
with a descendant it is 61, with rules for names alone 54, without the selector of an attribute 65; any eight rules take 0 to 11,
those for tabs and scroll bars the most (5 ms of all these are chance). So a simpler sheet would make no clear difference.
"""

from __future__ import annotations

from workbench.editor.colors import contrast
from workbench.gui.look.scale import SCALE
from workbench.gui.look.theme import Theme, blend
from workbench.resource_files import resource_path

_READABLE = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3)."""
_SHEET = """
QToolTip {{ color: {text}; background: {surface}; border: 1px solid {border}; padding: 4px 6px; }}
QMainWindow::separator, QSplitter::handle {{ background: {border}; }}
QSplitter::handle:hover {{ background: {muted}; }}
#apart::handle {{ background: transparent; }}
QMenuBar {{ background: {panel}; border-bottom: 1px solid {border}; }}
QMenuBar::item {{ padding: 4px 9px; background: transparent; border-radius: {radius_small}px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {panel}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 22px; border-radius: {radius_small}px; }}
QMenu::item:selected {{ background: {selection}; color: {text}; }}
QMenu::item:disabled {{ color: {faded}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 6px; }}
QMenu::indicator {{ left: 5px; width: 12px; height: 12px; }}
QStatusBar {{ background: {panel}; border-top: 1px solid {border}; color: {muted}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {muted}; padding: 1px 7px; }}
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit#area {{ background: {window}; color: {text}; border: 1px solid {border};
  border-radius: {radius_small}px; padding: 4px 8px; selection-background-color: {marked}; selection-color: {text};
  placeholder-text-color: {empty}; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit#area:focus {{ border-color: {accent}; }}
#invalid, #invalid:focus {{ border-color: {error}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {faded}; }}
QAbstractSpinBox {{ padding: 3px 8px 2px; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: none; border-radius: 0; padding: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{ background: {panel}; border: 1px solid {border}; outline: none; padding: 3px;
  selection-background-color: {selection}; selection-color: {text}; }}
QComboBox QAbstractItemView::item {{ padding: 4px 6px; }}
QTableView {{ gridline-color: {border}; border: 1px solid {border}; background: {window}; }}
#ground {{ background: {window}; }}
QTableView, QTreeView {{ selection-background-color: {selection}; selection-color: {text}; }}
QTableView QLineEdit {{ border-radius: 0; padding: 0 4px; }}
QPushButton {{ background: {surface}; color: {text}; border: 1px solid {border};
  border-radius: {radius_small}px; padding: 5px 14px; }}
QPushButton:hover {{ border-color: {muted}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:pressed {{ background: {hover}; }}
QPushButton:disabled {{ color: {faded}; }}
QPushButton#compact {{ padding: 5px 6px; }}
QToolButton:checked {{ background: {selection}; color: {text}; border: 1px solid {muted}; border-radius: {radius_small}px; }}
QToolButton[popupMode="2"] {{ padding-right: 18px; }}
QToolButton::menu-indicator {{ image: url("{chevron}"); width: 9px; height: 9px; subcontrol-origin: padding;
  subcontrol-position: right center; right: 3px; }}
QToolButton:checked:focus {{ border-color: {accent}; }}
#framed, #monoText, #costArea {{ border: 1px solid transparent; }}
#framed:focus, #monoText:focus, #costArea:focus {{ border-color: {accent}; }}
#layoutButton {{ background: transparent; color: {muted}; border: 1px solid transparent; border-radius: {radius_small}px;
  padding: 1px 6px; }}
#layoutButton:hover {{ background: {hover}; }}
#layoutButton:checked {{ background: {selection}; color: {text}; border-color: {border}; }}
#layoutButton:focus {{ border-color: {accent}; }}
#toolbar {{ background: {panel}; border-bottom: 1px solid {border}; }}
#strip, #lesson {{ background: {panel}; border-bottom: 1px solid {border}; }}
#toolbar QToolButton, #toolbar QComboBox {{
  background: {surface}; border: 1px solid {border}; border-radius: {radius}px; padding: 5px 10px; color: {text}; }}
#toolbar QToolButton:hover, #toolbar QComboBox:hover {{ border-color: {muted}; }}
#toolbar QToolButton:checked {{ background: {selection}; border-color: {muted}; }}
#toolbar QToolButton:disabled {{ color: {faded}; }}
#toolbar QToolButton:focus, #toolbar QComboBox:focus {{ border-color: {accent}; }}
#toolbar QToolButton::menu-indicator {{ image: none; }}
#viewGroup QStackedWidget {{ background: {window}; }}
#rail {{ background: {panel}; border-right: 1px solid {border}; }}
#rail QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: {radius}px; padding: 5px; }}
#rail QToolButton:hover {{ background: {hover}; }}
#rail QToolButton:checked {{ background: {selection}; border-color: {border}; }}
#rail QToolButton:focus {{ border-color: {accent}; }}
#invoke {{ background: {accent}; color: {accent_text}; border: 1px solid {accent}; border-radius: {radius}px; padding: 6px 16px;
  font-weight: {strong}; }}
#invoke:hover {{ background: {accent_hover}; }}
#invoke:focus {{ border: 1px solid {text}; }}
#invoke:pressed {{ background: {accent_pressed}; }}
#invoke:disabled {{ background: {surface}; color: {faded}; border-color: {border}; }}
#primary {{ background: {accent}; color: {accent_text}; border: 1px solid {accent};
  border-radius: {radius_small}px; padding: 6px 14px; }}
#primary:hover {{ background: {accent_hover}; }}
#primary:focus {{ border: 1px solid {text}; }}
#primary:disabled {{ background: {surface}; color: {faded}; border-color: {border}; }}
#toast {{ background: {surface}; border: 1px solid {muted}; border-radius: {radius}px; }}
#danger {{ background: {error}; color: {window}; border: 1px solid {error}; border-radius: {radius_small}px; padding: 6px 14px; }}
#danger:focus {{ border: 1px solid {text}; }}
#danger:disabled {{ background: {surface}; color: {faded}; border-color: {border}; }}
#sheetTitle {{ font-weight: {strong}; }}
#filterChip {{ background: {surface}; color: {muted}; border: 1px solid {border}; border-radius: {radius}px; padding: 2px 7px; }}
#filterChip:hover {{ border-color: {muted}; }}
#filterChip:checked {{ background: {selection}; color: {text}; border-color: {muted}; }}
#filterChip:focus {{ border-color: {accent}; }}
#menuButton {{ padding-right: 3px; }}
#menuButton::menu-indicator {{ image: none; }}
QTableView#historyList {{ border: none; background: transparent; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {border}; }}
QTabBar {{ background: {panel}; }}
QTabBar::tab {{ background: {panel}; color: {muted}; padding: 7px 13px; border: none; border-right: 1px solid {border};
  border-top: 2px solid transparent; }}
QTabBar::tab:selected {{ background: {window}; color: {text}; border-top: 2px solid {muted}; }}
QTabBar::tab:hover:!selected {{ color: {text}; }}
#ScrollLeftButton, #ScrollRightButton {{ background: {panel}; border: none; border-left: 1px solid {border}; border-radius: 0; }}
QTabBar::tab:focus {{ color: {accent}; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: {idle}; border-radius: {radius_small}px; margin: 2px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QHeaderView::section {{ background: {panel}; color: {muted}; border: none; border-bottom: 1px solid {border};
  padding: 4px 10px; }}
QCheckBox::indicator {{ width: 13px; height: 13px; border: 1px solid {muted}; border-radius: 3px; background: {window}; }}
QCheckBox::indicator:checked {{ background: {text}; border-color: {text}; image: url("{tick}"); }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {accent}; }}
QRadioButton::indicator {{ width: 13px; height: 13px; border: 1px solid {muted}; border-radius: 7px; background: {window}; }}
QRadioButton::indicator:checked {{ width: 7px; height: 7px; border: 4px solid {text}; }}
QSlider::groove:horizontal {{ height: 4px; background: {border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {info}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {text}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }}
QSlider::handle:horizontal:focus {{ background: {accent}; }}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {faded}; }}
QProgressBar {{ background: {surface}; border: 1px solid {border};
  border-radius: {radius_small}px; text-align: center; color: {text}; }}
QProgressBar::chunk {{ background: {progress}; border-radius: 3px; }}
#sectionTitle {{ color: {muted}; font-weight: {strong}; }}
#muted {{ color: {muted}; }}
#problem {{ color: {error}; }}
#warning {{ color: {warning}; }}
#saved {{ color: {success}; }}
#sidePanel, #welcome {{ background: {panel}; }}
#mono {{ font-family: "{mono_family}"; }}
QPlainTextEdit#monoText {{ font-family: "{mono_family}"; background: transparent; }}
#expectation, #lessonFoot {{ background: {panel}; border: none; border-top: 1px solid {border}; }}
#card {{ background: {panel}; border: 1px solid {border}; border-radius: {radius}px; }}
#costArea, #costs {{ background: {window}; }}
#costSum {{ font-family: "{mono_family}"; font-weight: {strong}; }}
QTableView#rowTable {{ border: none; }}
QTableView::item {{ padding: 0 7px; }}
QTableWidget {{ outline: none; }}
QTableWidget:focus {{ border-color: {accent}; }}
QTableView#dense {{ border-width: 1px 0; }}
QTableView#dense::item {{ padding: 0 1px; }}
QTableView#variables {{ border-width: 1px 0 0 1px; }}
#variables QHeaderView::section:last {{ border-right: 1px solid {border}; }}
#dense QHeaderView::section {{ padding: 4px; }}
#queueToolbar QPushButton {{ padding: 4px 9px; }}
#timelineHeader {{ background: {panel}; border-bottom: 1px solid {border}; }}
#failure {{ background: {surface}; border-left: 3px solid {error}; }}
#cancelation {{ background: {surface}; border-left: 3px solid {muted}; }}
#failureError {{ color: {error}; font-weight: {strong}; }}
#answerBar QToolButton {{ background: transparent; color: {muted}; border: 1px solid transparent;
  border-radius: {radius_small}px; padding: 2px 7px; }}
#answerBar QToolButton:hover {{ color: {text}; }}
#answerBar QToolButton:checked {{ background: {selection}; color: {text}; }}
#answerBar QToolButton:focus {{ border-color: {accent}; }}
#stripButton {{ background: transparent; color: {text}; border: 1px solid transparent; border-radius: {radius_small}px;
  padding: 4px 5px; }}
#stripButton:hover {{ background: {hover}; }}
#stripButton:focus {{ border-color: {accent}; }}
#previousButton {{ color: {muted}; border: 1px solid transparent; padding: 0 3px; text-decoration: underline; }}
#previousButton:focus {{ border-color: {accent}; }}
"""


def style_sheet(theme: Theme) -> str:
    """The application's style sheet in a theme's colors."""
    tokens = vars(theme)
    shade = "dark" if theme.is_dark else "light"
    # In high contrast, `muted` is nearly as bright as text: an empty field would seem to be filled in.
    empty = theme.faded if contrast(theme.faded, theme.window) >= _READABLE else theme.muted
    tick, chevron = (resource_path(f"icons/{name}-{shade}.svg").as_posix() for name in ("check", "chevron"))
    return _SHEET.format(
        **tokens, radius_small=SCALE.radius_px.small, radius=SCALE.radius_px.medium, strong=SCALE.weights.strong, tick=tick,
        chevron=chevron, empty=empty,
        accent_hover=blend(theme.text, theme.accent, 0.12), accent_pressed=blend(theme.window, theme.accent, 0.2),
        progress=blend(theme.info, theme.surface, 0.55))
