"""The FIS API: every operation, each part of it in a file of its own."""

from harness.lab.fis.accounts_api import AccountsApi
from harness.lab.fis.catalogue_api import CatalogueApi
from harness.lab.fis.experiments_api import ExperimentsApi
from harness.lab.fis.lever_api import LeverApi
from harness.lab.fis.store import Store
from harness.lab.fis.tags_api import TagsOfFisApi
from harness.lab.fis.templates_api import TemplatesApi

__all__ = ["FisApi", "Store"]


class FisApi(TemplatesApi, ExperimentsApi, AccountsApi, LeverApi, CatalogueApi, TagsOfFisApi):
    """Serves one region a request."""
