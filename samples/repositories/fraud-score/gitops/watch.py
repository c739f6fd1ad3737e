"""Fails if the canary's error rate passes a limit: python watch.py PROMETHEUS --minutes 20 --max-error-rate 0.01"""

import argparse
import json
import sys
import time
import urllib.parse
import urllib.request

QUERY = (
    'sum(rate(revision_app_request_count{configuration_name="fraud-score-predictor",response_code_class!="2xx"}[5m]))'
    ' / sum(rate(revision_app_request_count{configuration_name="fraud-score-predictor"}[5m]))'
)


def error_rate(prometheus: str) -> float:
    address = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': QUERY})}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prometheus")
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--max-error-rate", type=float, default=0.01)
    arguments = parser.parse_args()
    for _ in range(arguments.minutes):
        rate = error_rate(arguments.prometheus)
        if rate > arguments.max_error_rate:
            sys.exit(f"error rate {rate:.2%} is above {arguments.max_error_rate:.2%}")
        time.sleep(60)


if __name__ == "__main__":
    main()
