"""Calls a URL in one of the ways that Python has, and prints the answer."""

import sys
import urllib.parse
import urllib.request

way, url = sys.argv[1:]
if way == "urllib":
    print(urllib.request.urlopen(url, timeout=2).read().decode(), end="")
elif way == "requests":
    import requests

    print(requests.get(url, timeout=2).text, end="")
elif way == "httpx 0.23":
    import httpx

    print(httpx.get(url, timeout=2).text, end="")
elif way == "grpcio":
    import grpc

    channel = grpc.insecure_channel(urllib.parse.urlsplit(url).netloc)
    grpc.channel_ready_future(channel).result(timeout=2)
else:
    sys.exit("no way " + way)
