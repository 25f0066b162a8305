"""The shop on Amazon's cloud, as stacks of the CDK.

sizes.py       what a small and a large installation have; docs/clouds.md prices the same numbers
network.py     the VPC and who may talk to whom
data.py        PostgreSQL, Valkey, Kafka and documents, run by Amazon
media.py       the bucket of pictures and the function that paints them
cluster.py     EKS, its machines, and the roles of pods
machine.py     the other variant: one machine with Compose
edge.py        CloudFront before everything
watching.py    alarms and the budget
asset.py       puts the function's code together
"""
