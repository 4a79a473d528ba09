"""Run by `test_trained_networks` in a process with four devices: prints, as JSON, the weights that these leave."""

import json

import jax

from workbench.circuits.training import Training, trained
from workbench.circuits.training_shapes import Shape
from workbench.circuits.training_targets import target


def weights(devices, networks=10):
    layers = trained(
        Shape.gated(2, 2, 2), target("parity", 2), seed=3, networks=networks, training=Training(steps=30), devices=devices
    )
    return [layer.ravel().tolist() for layer in layers]


if __name__ == "__main__":
    print(json.dumps({"devices": len(jax.devices()), "four": weights(None), "one": weights(jax.devices()[:1])}))
