"""Puts objects into the artifact bucket as this machine's role, for a program that runs all the time: each call of the
AWS CLI is a process of its own that takes 0.65 s of a processor and 60 MiB (measured in the lab's image)."""
import calendar
import email.utils
import hashlib
import hmac
import http.client
import json
import re
import ssl
import time
import urllib.parse

SECONDS = 10
# Credentials are asked for anew so long before they end; the metadata service has new ones five minutes before.
SPARE_SECONDS = 240


class BucketError(Exception):
    """What went wrong, in a line."""


def sign(method, url, headers, body, credentials, region, now):
    """The headers with a signature of AWS, version 4 (S3's API reference, "Signature Calculations for the Authorization
    Header"). url: quoted, without a query; now: seconds since 1970."""
    place = urllib.parse.urlsplit(url)
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(body).hexdigest()
    signed = {name.lower(): value for name, value in headers.items()}
    signed.update({"host": place.netloc, "x-amz-date": moment, "x-amz-content-sha256": digest})
    if credentials.get("Token"):
        signed["x-amz-security-token"] = credentials["Token"]
    names = ";".join(sorted(signed))
    lines = "".join("%s:%s\n" % (name, signed[name]) for name in sorted(signed))
    request = "\n".join([method, place.path, "", lines, names, digest])
    scope = "/".join([moment[:8], region, "s3", "aws4_request"])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + credentials["SecretAccessKey"]).encode()
    for part in scope.split("/") + [to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signed["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s" % (
        credentials["AccessKeyId"], scope, names, key.hex())
    return signed


class Bucket:
    def __init__(self, name, region, url=None, metadata="http://169.254.169.254"):
        """url: the bucket's own; metadata: where the instance metadata service answers."""
        self._url = url or "https://%s.s3.%s.amazonaws.com" % (name, region)
        self._region = region
        self._metadata = metadata
        self._tls = ssl.create_default_context()
        self._credentials = None
        # How far AWS's clock is ahead of this machine's. It believes no request of 15 minutes ago.
        self._ahead = 0

    def put(self, key, body):
        """Raises BucketError."""
        url = "%s/%s" % (self._url, urllib.parse.quote(key))
        headers = sign("PUT", url, {}, body, self._role(), self._region, time.time() + self._ahead)
        status, answered, date = self._ask("PUT", url, headers, body)
        if date is not None:
            self._ahead = date - time.time()
        if status != 200:
            # They may have ended, by a clock that was set.
            self._credentials = None
            said = re.search(rb"<Code>(\w+)</Code>", answered)
            raise BucketError("%s answers %d%s" % (self._url, status, " " + said.group(1).decode() if said else ""))

    def instance_id(self):
        """The id of this instance. Raises BucketError."""
        return self._of_metadata("instance-id")

    def _role(self):
        if self._credentials is None or time.time() > self._credentials["until"]:
            folder = "iam/security-credentials/"
            try:
                found = json.loads(self._of_metadata(folder + self._of_metadata(folder).split("\n")[0]))
                ends = calendar.timegm(time.strptime(found["Expiration"], "%Y-%m-%dT%H:%M:%SZ"))
            except (ValueError, KeyError) as error:
                raise BucketError("the metadata service gives no credentials: %s" % error)
            self._credentials = dict(found, until=ends - SPARE_SECONDS)
        return self._credentials

    def _of_metadata(self, path):
        status, token, _ = self._ask("PUT", self._metadata + "/latest/api/token",
                                     {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        if status == 200:
            url = "%s/latest/meta-data/%s" % (self._metadata, path)
            status, answered, _ = self._ask("GET", url, {"X-aws-ec2-metadata-token": token.decode()})
            if status == 200:
                return answered.decode()
        raise BucketError("the metadata service answers %d for %s" % (status, path))

    def _ask(self, method, url, headers, body=b""):
        """The status, the body and the time of an answer."""
        place = urllib.parse.urlsplit(url)
        try:
            if place.scheme == "https":
                connection = http.client.HTTPSConnection(place.netloc, timeout=SECONDS, context=self._tls)
            else:
                connection = http.client.HTTPConnection(place.netloc, timeout=SECONDS)
            try:
                connection.request(method, place.path, body, headers)
                answer = connection.getresponse()
                date = email.utils.parsedate_to_datetime(answer.headers["Date"]) if answer.headers["Date"] else None
                return answer.status, answer.read(), date and date.timestamp()
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError, TypeError) as error:
            raise BucketError("%s://%s: %s" % (place.scheme, place.netloc, error or type(error).__name__))
