"""Writes the Wisconsin breast-cancer data, as scikit-learn carries it, to data/tumours.csv."""
from sklearn.datasets import load_breast_cancer

from table import write_table

cancer = load_breast_cancer()
names = [name.replace(" ", "_") for name in cancer.feature_names]
malignant = list(cancer.target_names).index("malignant")
rows = [
    [f"T{number:04d}", *measurements, int(target == malignant)]
    for number, (measurements, target) in enumerate(zip(cancer.data, cancer.target), start=1)
]
write_table("data/tumours.csv", ["id", *names, "malignant"], rows)
print(f"data/tumours.csv: {len(rows)} tumours, {sum(row[-1] for row in rows)} malignant, {len(names)} measurements each")
