"""AWS's public SSM parameters: moto's, where the lab has no image of its own for them. Nobody can write them."""

from moto.ssm.models import ParameterDict

from .images import own_images

of_moto = ParameterDict._load_latest_amis


def load(parameters: ParameterDict) -> None:
    of_moto(parameters)
    named = {image["public_parameter"]: image["ami_id"] for image in own_images() if "public_parameter" in image}
    for name, versions in parameters.items():
        if name in named:
            versions[-1].value = named[name]


def install() -> None:
    ParameterDict._load_latest_amis = load
