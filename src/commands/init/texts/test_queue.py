import unittest

from handler import handler


class Handler(unittest.TestCase):
    def test_only_what_failed_is_given_again(self):
        records = [{"messageId": "good", "body": '{"id": 1}'}, {"messageId": "bad", "body": "no JSON"}]
        self.assertEqual(handler({"Records": records}, None), {"batchItemFailures": [{"itemIdentifier": "bad"}]})


if __name__ == "__main__":
    unittest.main()
