"""Redis as the cache that several processes share; without it they are slower, and go on."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class SharedCache(RedisCache):
    """What cannot be read is not there; what cannot be written was not kept. Nothing that must last is in here."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            return self._without(error, default)

    def set(self, key: str, value: Any, *args: Any, **options: Any) -> None:
        try:
            super().set(key, value, *args, **options)
        except RedisError as error:
            self._without(error, None)

    def add(self, key: str, value: Any, *args: Any, **options: Any) -> bool:
        try:
            return bool(super().add(key, value, *args, **options))
        except RedisError as error:
            return bool(self._without(error, True))

    def delete(self, key: str, version: int | None = None) -> bool:
        try:
            return bool(super().delete(key, version))
        except RedisError as error:
            return bool(self._without(error, False))

    def _without(self, error: RedisError, answer: Any) -> Any:
        logger.warning("Redis does not answer: %s", error)
        return answer
