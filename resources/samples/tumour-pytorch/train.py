"""Trains the network, keeps the epoch with the lowest validation loss, and writes it as ONNX and as PyTorch's own state."""
import copy
import os

import numpy
import torch
from sklearn.metrics import roc_auc_score

from live_metrics import report_live
from network import TumourNetwork, make_deterministic
from parameters import read_parameters
from table import read_features


def fit(parameters, features, labels, validation_features, validation_labels):
    network = TumourNetwork(features.shape[1], parameters["hidden"])
    network.mean.copy_(features.mean(dim=0))
    network.std.copy_(features.std(dim=0))
    optimiser = torch.optim.AdamW(network.parameters(), lr=parameters["learning_rate"], weight_decay=parameters["weight_decay"])
    loss_of = torch.nn.BCEWithLogitsLoss()
    best_loss, best_epoch, best_state = float("inf"), 0, None

    print("epoch   train loss   validation loss   validation AUC")
    for epoch in range(1, parameters["epochs"] + 1):
        network.train()
        total = 0.0
        for batch in torch.randperm(len(features)).split(parameters["batch"]):
            loss = loss_of(network.logits(features[batch]).squeeze(1), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        network.eval()
        with torch.no_grad():
            logits = network.logits(validation_features).squeeze(1)
        validation_loss = loss_of(logits, validation_labels).item()
        auc = float(roc_auc_score(validation_labels.numpy(), logits.numpy()))
        better = validation_loss < best_loss
        if better:
            best_loss, best_epoch, best_state = validation_loss, epoch, copy.deepcopy(network.state_dict())
        report_live(epoch, train_loss=total / len(features), val_loss=validation_loss, val_auc=auc)
        print(f"{epoch:5d}   {total / len(features):10.4f}   {validation_loss:15.4f}   {auc:14.4f}{'  *' if better else ''}", flush=True)

    network.load_state_dict(best_state)
    print(f"Kept epoch {best_epoch}: validation loss {best_loss:.4f}")
    return network.eval()


def main():
    parameters = read_parameters("train")
    make_deterministic(parameters["seed"])
    _, names, features, labels = read_features("data/train.csv")
    _, _, validation_features, validation_labels = read_features("data/validation.csv")
    print(f"{len(labels)} tumours to train on, {len(validation_labels)} to validate, PyTorch {torch.__version__}\n")
    network = fit(parameters, *map(torch.from_numpy, (features, labels, validation_features, validation_labels)))

    os.makedirs("models", exist_ok=True)
    # Plain arrays, not torch.save: their bytes depend on the weights alone.
    numpy.savez("models/network.npz", **{name: value.numpy() for name, value in network.state_dict().items()})
    torch.onnx.export(
        network,
        torch.zeros(1, len(names)),
        "models/tumour.onnx",
        opset_version=13,
        input_names=["measurements"],
        output_names=["probability"],
        dynamic_axes={"measurements": {0: "rows"}, "probability": {0: "rows"}},
    )
    print("Wrote models/tumour.onnx")


if __name__ == "__main__":
    main()
