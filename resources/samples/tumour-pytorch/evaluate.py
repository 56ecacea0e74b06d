"""Scores the held-out tumours in PyTorch; writes the measures, each prediction, and rows on which the ONNX file must predict the same."""
import json
import os

import numpy
import torch
from sklearn.metrics import accuracy_score, brier_score_loss, confusion_matrix, roc_auc_score

from network import TumourNetwork, make_deterministic
from parameters import read_parameters
from table import read_features, write_table

make_deterministic(0)
threshold = read_parameters("decide")["threshold"]
ids, names, features, labels = read_features("data/test.csv")
with numpy.load("models/network.npz") as arrays:
    state = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
network = TumourNetwork(len(names), len(state["hidden.bias"]))
network.load_state_dict(state)
network.eval()
with torch.no_grad():
    scores = network(torch.from_numpy(features)).squeeze(1).numpy()

suspected = (scores >= threshold).astype(int)
negatives, false_alarms, missed, found = confusion_matrix(labels, suspected).ravel()
metrics = {
    "auc": float(roc_auc_score(labels, scores)),
    "accuracy": float(accuracy_score(labels, suspected)),
    "brier": float(brier_score_loss(labels, scores)),
    "sensitivity": float(found / (found + missed)),
    "specificity": float(negatives / (negatives + false_alarms)),
    "missed": int(missed),
}
os.makedirs("reports", exist_ok=True)
with open("reports/metrics.json", "w", encoding="utf-8") as file:
    json.dump(metrics, file, indent=2)
    file.write("\n")
predictions = zip(ids, labels.astype(int).tolist(), scores, suspected.tolist())
write_table("reports/predictions.csv", ["id", "malignant", "score", "suspected"], predictions)
write_table("reports/onnx-check.csv", [*names, "score"], [[*row, score] for row, score in zip(features, scores)])

print(f"{len(labels)} held-out tumours; suspected from a score of {threshold}\n")
for name, value in metrics.items():
    print(f"{name:12} {value:8.4f}" if isinstance(value, float) else f"{name:12} {value:8d}")
