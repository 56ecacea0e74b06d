"""Trains a classifier on wine.csv, keeps a quarter of the rows for the test, writes the model and its test metrics."""
import json
import os

import joblib
import numpy
import yaml
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split

with open('params.yaml') as file:
    params = yaml.safe_load(file)['train']

rows = numpy.loadtxt('wine.csv', delimiter=',', skiprows=1)
features, labels = rows[:, :-1], rows[:, -1].astype(int)
train_x, test_x, train_y, test_y = train_test_split(features, labels, test_size=0.25, random_state=params['seed'], stratify=labels)

model = RandomForestClassifier(n_estimators=params['trees'], random_state=params['seed'])
model.fit(train_x, train_y)
predicted = model.predict(test_x)

os.makedirs('out', exist_ok=True)
joblib.dump(model, 'out/wine.joblib')
metrics = {'accuracy': accuracy_score(test_y, predicted), 'f1': f1_score(test_y, predicted, average='macro')}
with open('out/metrics.json', 'w') as file:
    json.dump(metrics, file)
print('accuracy %(accuracy).3f, f1 %(f1).3f on rows that training did not see' % metrics)
