"""The desk's tests draw without a screen, with our fonts and colours."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication

from console.desk import theme


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> QApplication:
    """Give the one application of the tests our theme and English."""
    QLocale.setDefault(QLocale(QLocale.Language.English))
    theme.use("dark", 1.0)
    theme.apply(qapp)
    return qapp


@pytest.fixture(autouse=True)
def _swept(qapp: QApplication) -> Iterator[None]:
    """Delete what a test left for later, so that its end is the test's and not the next one's."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.processEvents()
