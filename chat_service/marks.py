"""What is put on a message and taken off again: reactions and pins. docs/protocol.md says who may do what."""

from chat_service import commands, emojis, notices, rights
from chat_service.access import Access, Standing
from chat_service.errors import Archived, Invalid, LimitReached, NotAllowed
from chat_service.events import AnyEvent, Pin, React, Unpin, Unreact
from chat_service.history import History
from chat_service.limits import MAX_PINS, MAX_REACTION_KINDS
from chat_service.log import Log
from chat_service.retries import Retries
from chat_service.store import EventStore
from chat_service.visitor import Visitor


class Marks:
    """Every use case may raise UnknownRoom, UnknownMessage, Archived, LimitReached, Unavailable and StoreUnavailable.

    Repeating it with the same id is safe. The limits are looked at before the event is stored, so that of several who
    reach one at the same moment some may pass it.
    """

    def __init__(self, access: Access, history: History, events: EventStore, log: Log, retries: Retries) -> None:
        self._access = access
        self._history = history
        self._events = events
        self._log = log
        self._retries = retries

    async def react(self, visitor: Visitor, command: commands.AddReaction) -> notices.Ok:
        """Give an emoji; again, it stays given.

        Raises:
            Invalid: it is no emoji.
            Muted
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._react(standing, command))

    async def unreact(self, visitor: Visitor, command: commands.RemoveReaction) -> notices.Ok:
        """Take an emoji back; one that was not given changes nothing.

        Raises:
            Invalid: it is no emoji.
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._unreact(standing, command))

    async def pin(self, visitor: Visitor, command: commands.PinMessage) -> notices.Ok:
        """Pin a message; again, it stays pinned.

        Raises:
            NotAllowed
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._pin(standing, command))

    async def unpin(self, visitor: Visitor, command: commands.UnpinMessage) -> notices.Ok:
        """Take a pin off; of a message without one, that changes nothing.

        Raises:
            NotAllowed
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._unpin(standing, command))

    async def _react(self, standing: Standing, command: commands.AddReaction) -> AnyEvent:
        emoji = _emoji(command.emoji)
        self._access.has_voice(standing)
        message = await self._history.message(command.room, command.target)
        kinds = [reaction.emoji for reaction in message.reactions]
        if emoji not in kinds and len(kinds) >= MAX_REACTION_KINDS:
            raise LimitReached(f"A message takes at most {MAX_REACTION_KINDS} different emoji.", field="emoji")
        await self._history.check_changes(command.room, command.target)
        draft = React(id=command.id, author=standing.visitor.person, target=command.target, emoji=emoji)
        return await self._log.append(command.room, draft)

    async def _unreact(self, standing: Standing, command: commands.RemoveReaction) -> AnyEvent:
        emoji = _emoji(command.emoji)
        person = standing.visitor.person
        if standing.room.archived:
            raise Archived
        message = await self._history.message(command.room, command.target)
        if not any(reaction.emoji == emoji and person.id in reaction.people for reaction in message.reactions):
            await self._history.check_changes(command.room, command.target)
        draft = Unreact(id=command.id, author=person, target=command.target, emoji=emoji)
        return await self._log.append(command.room, draft)

    async def _pin(self, standing: Standing, command: commands.PinMessage) -> AnyEvent:
        _may_pin(standing)
        message = await self._history.message(command.room, command.target)
        if not message.pinned:
            pinned = await self._history.pinned(command.room, await self._events.head(command.room))
            if len(pinned) >= MAX_PINS:
                raise LimitReached(f"A room has at most {MAX_PINS} pinned messages.")
        await self._history.check_changes(command.room, command.target)
        return await self._log.append(
            command.room, Pin(id=command.id, author=standing.visitor.person, target=command.target)
        )

    async def _unpin(self, standing: Standing, command: commands.UnpinMessage) -> AnyEvent:
        _may_pin(standing)
        message = await self._history.message(command.room, command.target)
        if not message.pinned:
            await self._history.check_changes(command.room, command.target)
        return await self._log.append(
            command.room, Unpin(id=command.id, author=standing.visitor.person, target=command.target)
        )


def _emoji(written: str) -> str:
    emoji = emojis.normal(written)
    if emoji is None:
        raise Invalid("emoji has to be one emoji.", field="emoji")
    return emoji


def _may_pin(standing: Standing) -> None:
    if standing.room.archived:
        raise Archived
    if standing.room.kind != "direct" and standing.rank < rights.MODERATOR:
        raise NotAllowed("Only moderators of this room may pin.")
