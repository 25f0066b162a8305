"""Makes the document server commit before it answers, so that a `kill -9` loses nothing answered.

`document_server.py` calls `durable`. No auto-commit delay of the store can promise that (see
docs/adr/0010), so the backend is wrapped: after each message the store is committed, also when the
message failed half way, and only then the answer leaves. The wrapper is put together from method
handles and runs inside the JVM; Python is asked only for the rare other calls.
"""

from typing import Any

import jpype

BACKEND = "de.bwaldvogel.mongo.MongoBackend"
MESSAGE = "de.bwaldvogel.mongo.wire.message.MongoMessage"
DOCUMENT = "de.bwaldvogel.mongo.bson.Document"
STORE = "org.h2.mvstore.MVStore"
HANDLER = "java.lang.reflect.InvocationHandler"


def durable(backend: Any, store: Any) -> Any:
    """A `MongoBackend` that does what `backend` does, with `store` committed before each answer.

    The store must not commit in the background (auto-commit delay 0): such a commit is written a
    moment after it is counted as done, and an answer could slip in between.
    """
    handler = _class(HANDLER)
    everything = _handles().guardWithTest(
        _is_message_call(), _committed_message(backend, store), _everything_else(backend, store)
    )
    interface = _class(BACKEND)
    return _class("java.lang.reflect.Proxy").newProxyInstance(
        interface.class_.getClassLoader(),
        _types(interface),
        _class("java.lang.invoke.MethodHandleProxies").asInterfaceInstance(
            handler.class_, everything
        ),
    )


def _committed_message(backend: Any, store: Any) -> Any:
    """`handleMessage`, then `commit` in any case, in the shape of an invocation handler."""
    handles, lookup = _handles(), _handles().publicLookup()
    document, anything = _class(DOCUMENT), _class("java.lang.Object")
    nothing = _class("java.lang.Void").TYPE
    answer = lookup.findVirtual(
        _class(BACKEND).class_, "handleMessage", _signature(document.class_, _class(MESSAGE).class_)
    ).bindTo(backend)
    commit = lookup.findVirtual(
        _class(STORE).class_, "commit", _signature(_class("java.lang.Long").TYPE)
    ).bindTo(store)
    keep = handles.foldArguments(
        handles.identity(document.class_), commit.asType(_signature(nothing))
    )
    whatever = handles.dropArguments(keep, 0, _types(_class("java.lang.Throwable")))
    committed = handles.tryFinally(answer, whatever)
    general = committed.asType(_signature(anything.class_, anything.class_))
    spread = general.asSpreader(jpype.JArray(anything).class_, 1)
    return handles.dropArguments(spread, 0, _types(anything, _class("java.lang.reflect.Method")))


def _is_message_call() -> Any:
    """A test of an invocation's method: is it `handleMessage`?"""
    method, anything = _class("java.lang.reflect.Method"), _class("java.lang.Object")
    truth = _class("java.lang.Boolean").TYPE
    wanted = _class(BACKEND).class_.getMethod("handleMessage", _types(_class(MESSAGE)))
    equals = _handles().publicLookup()
    equals = equals.findVirtual(anything.class_, "equals", _signature(truth, anything.class_))
    same = equals.bindTo(wanted).asType(_signature(truth, method.class_))
    return _handles().dropArguments(same, 0, _types(anything))


def _everything_else(backend: Any, store: Any) -> Any:
    """The other methods, by reflection in Python: opening, closing and a driver's first hello."""
    handler, anything = _class(HANDLER), _class("java.lang.Object")
    types = _types(anything, _class("java.lang.reflect.Method"), jpype.JArray(anything))
    signature = _class("java.lang.invoke.MethodType").methodType(anything.class_, types)

    def invoke(_proxy: Any, method: Any, arguments: Any) -> Any:
        try:
            return method.invoke(backend, arguments)
        finally:
            store.commit()

    other = jpype.JProxy(handler, dict={"invoke": invoke})
    return _handles().publicLookup().findVirtual(handler.class_, "invoke", signature).bindTo(other)


def _class(name: str) -> Any:
    return jpype.JClass(name)


def _handles() -> Any:
    return _class("java.lang.invoke.MethodHandles")


def _signature(answer: Any, *arguments: Any) -> Any:
    return _class("java.lang.invoke.MethodType").methodType(answer, *arguments)


def _types(*classes: Any) -> Any:
    return jpype.JArray(_class("java.lang.Class"))([one.class_ for one in classes])
