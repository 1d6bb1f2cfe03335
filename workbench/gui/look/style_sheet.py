"""The style sheet: what Fusion and a palette cannot express, such as chips, the Invoke button, tabs and thin splitters.

It is short on purpose, because Qt stops propagating the palette to whatever a style sheet touches.
"""

from __future__ import annotations

from workbench.gui.look.theme import Theme, blend

_SHEET = """
QToolTip {{ color: {text}; background: {surface}; border: 1px solid {border}; padding: 4px 6px; }}
QMainWindow::separator, QSplitter::handle {{ background: {border}; }}
QSplitter::handle:hover {{ background: {accent}; }}
QMenuBar {{ background: {panel}; border-bottom: 1px solid {border}; }}
QMenuBar::item {{ padding: 4px 9px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {panel}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 22px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selection}; color: {text}; }}
QMenu::item:disabled {{ color: {faded}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 6px; }}
QMenu::indicator {{ left: 5px; width: 12px; height: 12px; }}
QStatusBar {{ background: {panel}; border-top: 1px solid {border}; color: {muted}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {muted}; padding: 1px 7px; }}
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit#area {{ background: {window}; color: {text}; border: 1px solid {border};
  border-radius: 5px; padding: 4px 8px; selection-background-color: {marked}; selection-color: {text}; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit#area:focus {{ border-color: {accent}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {faded}; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: none; border-radius: 0; padding: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{ background: {panel}; border: 1px solid {border}; outline: none; padding: 3px; }}
QTableView {{ gridline-color: {border}; border: 1px solid {border}; background: {window}; }}
QTableView QLineEdit {{ border-radius: 0; padding: 0 4px; }}
QPushButton {{ background: {surface}; color: {text}; border: 1px solid {border}; border-radius: 5px; padding: 5px 14px; }}
QPushButton:hover {{ border-color: {muted}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:pressed {{ background: {hover}; }}
QPushButton:disabled {{ color: {faded}; }}
QPushButton#compact {{ padding: 5px 6px; }}
#toolbar {{ background: {panel}; border-bottom: 1px solid {border}; }}
#toolbar QToolButton, #toolbar QComboBox, #toolbar #chip {{
  background: {surface}; border: 1px solid {border}; border-radius: 6px; padding: 5px 10px; color: {text}; }}
#toolbar QToolButton:hover, #toolbar QComboBox:hover {{ border-color: {muted}; }}
#toolbar QToolButton:checked {{ background: {selection}; border-color: {accent}; }}
#toolbar QToolButton:disabled {{ color: {faded}; }}
#toolbar QToolButton:focus, #toolbar QComboBox:focus {{ border-color: {accent}; }}
#toolbar QToolButton::menu-indicator {{ image: none; }}
#results QStackedWidget, #views QStackedWidget, #timeline {{ background: {window}; }}
#invoke {{ background: {accent}; color: {accent_text}; border: 1px solid {accent}; border-radius: 6px; padding: 6px 16px;
  font-weight: 600; }}
#invoke:hover {{ background: {accent_hover}; }}
#invoke:focus {{ border: 1px solid {text}; }}
#invoke:pressed {{ background: {accent_pressed}; }}
#invoke:disabled {{ background: {surface}; color: {faded}; border-color: {border}; }}
#primary {{ background: {accent}; color: {accent_text}; border: 1px solid {accent}; border-radius: 5px; padding: 6px 14px; }}
#primary:hover {{ background: {accent_hover}; }}
#primary:focus {{ border: 1px solid {text}; }}
#primary:disabled {{ background: {surface}; color: {faded}; border-color: {border}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {border}; }}
QTabBar {{ background: {panel}; }}
QTabBar::tab {{ background: {panel}; color: {muted}; padding: 7px 13px; border: none; border-right: 1px solid {border};
  border-top: 2px solid transparent; }}
QTabBar::tab:selected {{ background: {window}; color: {text}; border-top: 2px solid {accent}; }}
QTabBar::tab:hover:!selected {{ color: {text}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: {idle}; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QHeaderView::section {{ background: {panel}; color: {muted}; border: none; border-bottom: 1px solid {border};
  border-right: 1px solid {border}; padding: 4px 8px; }}
QCheckBox::indicator {{ width: 13px; height: 13px; border: 1px solid {muted}; border-radius: 3px; background: {window}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QSlider::groove:horizontal {{ height: 4px; background: {border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {text}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }}
QSlider::handle:horizontal:focus {{ background: {accent}; }}
QProgressBar {{ background: {surface}; border: 1px solid {border}; border-radius: 4px; text-align: center; color: {text}; }}
QProgressBar::chunk {{ background: {progress}; border-radius: 3px; }}
#sectionTitle {{ color: {muted}; font-weight: 600; }}
#muted {{ color: {muted}; }}
#problem {{ color: {error}; }}
#saved {{ color: {success}; }}
#sidePanel, #welcome {{ background: {panel}; }}
"""


def style_sheet(theme: Theme) -> str:
    """The application's style sheet in a theme's colors."""
    return _SHEET.format(
        window=theme.window, panel=theme.panel, surface=theme.surface, border=theme.border,
        text=theme.text, muted=theme.muted, accent=theme.accent, accent_text=theme.accent_text, error=theme.error,
        success=theme.success, idle=theme.idle, selection=theme.selection, hover=theme.hover,
        marked=blend(theme.accent, theme.window, 0.32),
        faded=blend(theme.muted, theme.panel, 0.6), accent_hover=blend(theme.text, theme.accent, 0.12),
        accent_pressed=blend(theme.window, theme.accent, 0.2), progress=blend(theme.accent, theme.surface, 0.55),
    )
