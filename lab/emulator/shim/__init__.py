"""What EC2, Auto Scaling and IAM do and moto does not: laid over moto by subclasses. See server.py for how it is
started.
"""

MOTO_VERSION = "5.2.5"
ACCOUNT_ID = "123456789012"
