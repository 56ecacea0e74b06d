"""The parameters of one section of params.yaml."""
import yaml


def read_parameters(section):
    with open("params.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)[section]
