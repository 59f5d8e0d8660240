import os
import unittest
from unittest.mock import patch

from handler import handler


class Handler(unittest.TestCase):
    def test_it_tells_its_stage(self):
        with patch.dict(os.environ, {"STAGE": "test"}):
            self.assertEqual(handler({}, None), {"done": True, "stage": "test"})


if __name__ == "__main__":
    unittest.main()
