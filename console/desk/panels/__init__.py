"""The panels; one file and one line here each."""

from __future__ import annotations

from importlib import import_module

from console.desk.panel import Panel

PANELS: dict[str, str] = {
    "parameters": "console.desk.panels.parameters:ParametersPanel",
    "plot": "console.desk.panels.plot:PlotPanel",
    "alarms": "console.desk.panels.alarms:AlarmsPanel",
    "links": "console.desk.panels.links:LinksPanel",
    "events": "console.desk.panels.events:EventsPanel",
    "passes": "console.desk.panels.passes:PassesPanel",
    "sky": "console.desk.panels.sky:SkyPanel",
    "recovery": "console.desk.panels.recovery:RecoveryPanel",
    "whereis": "console.desk.panels.whereis:WhereIsPanel",
    "timestrip": "console.desk.panels.timestrip:TimeStripPanel",
}


def panel_class(panel_id: str) -> type[Panel]:
    """Return the class of a panel; raise ``KeyError`` for an id that is not in ``PANELS``."""
    module, _, name = PANELS[panel_id].partition(":")
    loaded: type[Panel] = getattr(import_module(module), name)
    return loaded


def panel_name(panel_id: str) -> str:
    """Return what menus call a panel; its id where it cannot even be loaded (it says why when opened)."""
    try:
        return panel_class(panel_id).name()
    except Exception:
        return panel_id
