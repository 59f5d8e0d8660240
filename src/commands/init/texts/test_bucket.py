import unittest

from handler import handler


class Handler(unittest.TestCase):
    def test_keys_are_decoded(self):
        records = [{"s3": {"bucket": {"name": "raw"}, "object": {"key": "in/a+b%2Fc.csv"}}}]
        self.assertEqual(handler({"Records": records}, None), {"objects": [{"bucket": "raw", "key": "in/a b/c.csv"}]})


if __name__ == "__main__":
    unittest.main()
