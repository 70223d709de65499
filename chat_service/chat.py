"""Saying something, saying it better, and taking it back: the use cases. docs/protocol.md says who may do what."""

from chat_service import commands, markup, notices, rights, texts
from chat_service.access import Access, Standing
from chat_service.errors import NotAllowed
from chat_service.events import AnyEvent, Delete, Edit, Message
from chat_service.history import History
from chat_service.log import Log
from chat_service.retries import Retries
from chat_service.turns import Turns
from chat_service.visitor import Visitor


class Chat:
    """Every use case may raise UnknownRoom, Unavailable and StoreUnavailable; repeating it with the same id is safe."""

    def __init__(self, access: Access, history: History, log: Log, retries: Retries, members: texts.Names) -> None:
        self._access = access
        self._history = history
        self._log = log
        self._retries = retries
        self._members = members
        self._turns = Turns()

    async def send(self, visitor: Visitor, command: commands.Send) -> notices.Ok:
        """Say something in a room one is in; the same id again gives the first message again.

        Messages sent without waiting in between are stored in that order.

        Raises:
            Invalid: the text is empty, too long, or has control characters.
            UnknownMessage: the one that this replies to.
            Archived, Muted, SlowMode
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._send(standing, command))

    async def edit(self, visitor: Visitor, command: commands.EditMessage) -> notices.Ok:
        """Change one's own message.

        Raises:
            Invalid, UnknownMessage, NotAllowed, Archived, Muted, LimitReached
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._edit(standing, command))

    async def delete(self, visitor: Visitor, command: commands.DeleteMessage) -> notices.Ok:
        """Take back one's own message, or anybody's for who moderates; its text is gone when this is answered.

        Raises:
            UnknownMessage, NotAllowed
        """
        standing = await self._access.member(visitor, command.room)
        return await self._retries.answer(visitor, command, self._delete(standing, command))

    async def _send(self, standing: Standing, command: commands.Send) -> AnyEvent:
        texts.check(command.text)
        await self._access.may_say(standing)
        marked = markup.read(command.text)
        key = command.room, standing.visitor.person.id
        if marked is None and command.reply_to is None and not self._turns.any(key):  # nothing to wait for
            return await self._log.append(command.room, _message(standing, command, texts.Composed(command.text)))
        async with self._turns.turn(key):
            thread = None
            if command.reply_to is not None:
                target = await self._history.message(command.room, command.reply_to, "reply_to")
                thread = target.thread or target.seq
            composed = await texts.compose(command.text, marked, command.room, self._members)
            return await self._log.append(command.room, _message(standing, command, composed, thread))

    async def _edit(self, standing: Standing, command: commands.EditMessage) -> AnyEvent:
        texts.check(command.text)
        self._access.has_voice(standing)
        target = await self._history.message(command.room, command.target)
        if target.author.id != standing.visitor.person.id:
            raise NotAllowed("Only its author may change a message.", field="target")
        await self._history.check_changes(command.room, command.target)
        marked = markup.read(command.text)
        composed = await texts.compose(command.text, marked, command.room, self._members)
        draft = Edit(
            id=command.id,
            author=standing.visitor.person,
            target=command.target,
            text=composed.text,
            html=composed.html,
            mentions=composed.mentions,
        )
        return await self._log.append(command.room, draft)

    async def _delete(self, standing: Standing, command: commands.DeleteMessage) -> AnyEvent:
        target = await self._history.message(command.room, command.target)
        if target.author.id != standing.visitor.person.id and standing.rank < rights.MODERATOR:
            raise NotAllowed("Only its author and moderators may delete a message.", field="target")
        draft = Delete(id=command.id, author=standing.visitor.person, target=command.target)
        return await self._log.append(command.room, draft)


def _message(
    standing: Standing, command: commands.Send, composed: texts.Composed, thread: int | None = None
) -> Message:
    return Message(
        id=command.id,
        author=standing.visitor.person,
        text=composed.text,
        html=composed.html,
        mentions=composed.mentions,
        reply_to=command.reply_to,
        thread=thread,
    )
