"""Words that several parts of the desk share, in the language of the desk."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from decoders.mission.model import Severity


def QT_TRANSLATE_NOOP(_context: str, words: str) -> str:
    """Mark a text for lupdate, which knows this name; it is translated where it is shown."""
    return words


def japanese() -> bool:
    """Whether the desk speaks Japanese (the default locale is set once, at start)."""
    return QLocale().language() == QLocale.Language.Japanese


def localised(english: str, in_japanese: str) -> str:
    """Return the text in the language of the desk; missions carry both, Japanese may be missing."""
    return in_japanese if in_japanese and japanese() else english


def link_state_text(state: str) -> str:
    """Return the word for a link's state."""
    return {
        "locked": QCoreApplication.translate("Words", "locked"),
        "waiting": QCoreApplication.translate("Words", "waiting"),
        "lost": QCoreApplication.translate("Words", "no contact"),
        "failed": QCoreApplication.translate("Words", "failed"),
        "ended": QCoreApplication.translate("Words", "ended"),
        "closed": QCoreApplication.translate("Words", "closed"),
    }.get(state, state)


def severity_text(severity: Severity | int) -> str:
    """Return the word for a severity."""
    return {
        Severity.NORMAL: QCoreApplication.translate("Words", "normal"),
        Severity.CAUTION: QCoreApplication.translate("Words", "caution"),
        Severity.SERIOUS: QCoreApplication.translate("Words", "serious"),
        Severity.CRITICAL: QCoreApplication.translate("Words", "critical"),
    }[Severity(severity)]
