"""The second step of a sign-in: a code of the authenticator app, or a recovery code.

Between the steps the browser has a cookie that opens nothing; the session begins with the code.
"""

import secrets
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from auth.api.browser import AtBrowser, Browser, SealedForm
from auth.api.dependencies import Injected
from auth.api.journey import Journey, journey_of
from auth.api.page_routes import PageRoute
from auth.api.pages import SECOND_STEP_PATH
from auth.api.sign_in_pages import second_step_page, sign_in_page
from auth.api.welcome import welcome
from auth.application.second_factor import take_second_step
from auth.domain.account_ports import SecondStep
from auth.domain.errors import WrongCode
from auth.domain.session import ONE_TIME_CODE, SEVERAL_FACTORS
from auth.domain.user import User

router = APIRouter(include_in_schema=False, route_class=PageRoute)


async def ask_for_second_step(
    journey: Journey, browser: Browser, user: User, method: str, began: datetime
) -> Response:
    """Shows the page, in a browser whose cookie nobody can have known before."""
    container = browser.container
    await container.sessions.close(browser.secret)
    renewed = replace(browser, secret=secrets.token_urlsafe(32))
    await container.second_steps.begin(renewed.secret, SecondStep(user.id, began, method))
    return second_step_page(journey, renewed)


@router.post(SECOND_STEP_PATH)
async def submit_second_step(
    request: Request, form: SealedForm, browser: AtBrowser, container: Injected
) -> Response:
    """Takes the code; on success the browser goes on to where it came from."""
    journey = await journey_of(request, container)
    step = await container.second_steps.find(browser.secret)
    if step is None:
        alert = "That took too long. Please sign in again."
        return sign_in_page(journey, browser, alert=alert, status=403)
    uow, now = container.new_uow(), container.clock()
    try:
        user = await take_second_step(step, form.get("code", ""), uow, container.throttle, now)
    except WrongCode as error:
        return second_step_page(journey, browser, alert=str(error), status=422)
    await container.second_steps.end(browser.secret)
    methods = (step.method, ONE_TIME_CODE, SEVERAL_FACTORS)
    return await welcome(journey, browser, user, methods, step.began)
