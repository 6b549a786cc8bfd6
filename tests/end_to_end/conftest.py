"""What the helpers claim is said as fully as what the test itself claims."""

import pytest

pytest.register_assert_rewrite(*(f"tests.end_to_end.{name}" for name in ("beginning", "learners", "afterwards")))
