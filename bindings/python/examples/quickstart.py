"""From purchases to what customers are worth, with no other package than custometry.

python bindings/python/examples/quickstart.py
"""

from custometry import data, value

# A log of purchases: any frame, or a dict of columns.
purchases = {
    "customer": ["ann", "bob", "ann", "cid", "ann", "bob", "dee", "cid", "ann", "eve"],
    "day": [
        "2024-01-02",
        "2024-01-05",
        "2024-02-10",
        "2024-02-11",
        "2024-03-01",
        "2024-03-20",
        "2024-04-02",
        "2024-05-15",
        "2024-05-30",
        "2024-06-01",
    ],
    "amount": [25.0, 9.0, 31.5, 12.0, 20.0, 14.9, 99.0, 8.5, 27.0, 5.0],
}
log = data.Transactions.read(purchases, currency="EUR")
summary = value.SummaryState.new(log).summary("2024-06-30")
print(summary.to_table())

# A purchase model with known parameters would be loaded; here one is fitted.
histories = value.PurchaseHistories.new(summary)
model = value.BgNbd.from_json(
    '{"format":"custometry/bg-nbd","version":1,"model":'
    '{"unit":"weeks","r":0.243,"alpha":4.414,"a":0.793,"b":2.426}}'
)
for key, alive, expected in zip(
    summary.customers.keys(),
    model.p_alive(histories),
    model.expected_purchases(histories, days=365),
):
    print(f"{key}: still a customer with chance {alive:.2f}, {expected:.2f} purchases in a year")
