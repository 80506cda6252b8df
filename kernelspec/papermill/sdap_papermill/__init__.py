"""Makes papermill know the language of SDAP notebooks: `papermill -p depth 5.0 in.ipynb out.ipynb`."""

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

from . import parameters as rust


class SdapTranslator(Translator):
    """Parameters as Rust."""

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        return rust.cell(parameters, comment=comment)

    @classmethod
    def inspect(cls, parameters_cell):
        declared = rust.declarations(parameters_cell.source)
        return [Parameter(name, one.type or "None", one.default, one.remark) for name, one in declared.items()]


class SdapEngine(NBClientEngine):
    """papermill's own engine under another name: papermill loads it, and thereby this module, when it starts."""


# By the kernel's name, and by its language for kernels installed under another name.
papermill_translators.register("sdap", SdapTranslator)
papermill_translators.register("rust", SdapTranslator)
