"""Every error that catwalk raises on purpose.

    CatwalkError                        500 internal_error
    ├── InvalidRequest                  400 invalid_request
    │   ├── EmptyText                   400 empty_text
    │   ├── TextTooLong                 400 text_too_long
    │   ├── ContextTooLong              400 context_length_exceeded
    │   ├── UnknownVoice                400 unknown_voice
    │   ├── UnsupportedFormat           400 unsupported_format
    │   ├── WrongTask                   400 wrong_task
    │   ├── AudioUnreadable             400 audio_unreadable
    │   ├── ClipsRejected               422 clips_rejected
    │   │   └── ClipsFlawed             422 clips_flawed
    │   ├── VoiceNameInvalid            400 voice_name_invalid
    │   ├── VoiceExists                 422 voice_exists
    │   ├── ConsentMissing              403 consent_missing
    │   ├── AudioTooLong                413 audio_too_long
    │   ├── PictureUnreadable           400 picture_unreadable
    │   ├── PictureTooLarge             413 picture_too_large
    │   ├── PictureRefused              400 picture_refused
    │   ├── UploadTooLarge              413 upload_too_large
    │   ├── AlreadyInLibrary            422 already_in_library
    │   ├── EditRefused                 422 edit_refused
    │   ├── RecordingSilent             422 recording_silent
    │   ├── BackupRefused               422 backup_refused
    │   └── SettingRefused              422 setting_refused
    ├── Unauthorized                    401 unauthorized
    ├── ForeignSite                     403 foreign_site
    ├── HostUnknown                     421 host_unknown
    ├── UnknownModel                    404 model_not_found
    ├── VoiceNotFound                   404 voice_not_found
    ├── NotInLibrary                    404 not_in_library
    ├── JobNotFound                     404 job_not_found
    ├── JobNotWaiting                   422 job_not_waiting
    ├── StaleRevision                   409 stale_revision          x-should-retry: false
    ├── JobsNotRunning                  424 jobs_not_running
    ├── NotPublished                    404 not_published
    ├── NotServable
    │   ├── BackendNotInstalled         424 backend_not_installed
    │   ├── WeightsUnavailable          424 weights_unavailable
    │   ├── TermsNotAccepted            424 terms_not_accepted
    │   ├── KeyRefused                  424 key_refused
    │   └── NeverFits                   422 model_never_fits
    ├── Busy                            503 busy                    Retry-After
    │   ├── QueueFull                   503 queue_full              Retry-After
    │   ├── CoolingDown                 503 model_cooling_down      Retry-After
    │   ├── WorkerDied                  503 worker_died             Retry-After
    │   ├── RemoteUnavailable           503 remote_unavailable      Retry-After
    │   ├── LibraryUnavailable          503 library_unavailable     Retry-After
    │   ├── DiskFull                    507 disk_full               Retry-After
    │   └── ShuttingDown                503 shutting_down           Retry-After
    ├── ModelFailed
    │   ├── BackendFailed               500 backend_failed          x-should-retry: false
    │   └── LoadFailed                  500 load_failed             x-should-retry: false
    ├── Cancelled                       499 cancelled
    ├── SourceError                     422 source_error
    │   ├── FetchRefused                403 fetch_refused
    │   │   └── RobotsRefused           403 robots_refused
    │   ├── FetchFailed                 422 fetch_failed
    │   ├── FetchTimeout                422 fetch_timeout
    │   ├── SourceTooLarge              422 source_too_large
    │   ├── UnsupportedSource           422 unsupported_source
    │   ├── NoArticle                   422 no_article
    │   ├── NoPosts                     422 no_posts
    │   ├── HostResting                 422 host_resting            Retry-After
    │   └── LanguageNotSpoken           422 language_not_spoken
    ├── LibraryTooNew                   500 library_too_new         x-should-retry: false
    ├── EnvironmentFailed               500 environment_failed
    ├── ReadingFailed                   500 reading_failed
    ├── ExportFailed                    500 export_failed
    ├── ServerUnreachable               502 server_unreachable
    ├── ServerAnswered                  (the status and code that the server gave)
    └── SettingsInvalid                 400 settings_invalid

What can never succeed is a 4xx other than 408, 409 and 429: OpenAI's client retries those three and every 5xx
(openai-python, ``_should_retry``). A failure in a model is a 5xx that carries ``x-should-retry: false``.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CatwalkError(Exception):
    """Root of the tree. The message says what was wrong, what was given and what is allowed."""

    status: ClassVar[int] = 500
    """HTTP status with which the API answers."""

    code: ClassVar[str] = "internal_error"
    """Stable, machine-readable name; part of the outside interface."""

    should_retry: ClassVar[bool | None] = None
    """False sends ``x-should-retry: false``; None leaves it to the status."""

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    def to_body(self) -> dict[str, Any]:
        """The error as OpenAI shapes it: ``{"error": {"message", "type", "param", "code"}}``."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


class InvalidRequest(CatwalkError):
    """The request cannot be understood or is out of range."""

    status, code = 400, "invalid_request"


class EmptyText(InvalidRequest):
    """There is nothing to speak in the text."""

    code = "empty_text"


class TextTooLong(InvalidRequest):
    """The text is longer than one request may be."""

    code = "text_too_long"


class ContextTooLong(InvalidRequest):
    """The conversation has more tokens than the model can look at."""

    code = "context_length_exceeded"


class UnknownVoice(InvalidRequest):
    """The model cannot speak in that voice."""

    code = "unknown_voice"


class UnsupportedFormat(InvalidRequest):
    """No such output format, or a kind of file that is not read."""

    code = "unsupported_format"


class WrongTask(InvalidRequest):
    """The model exists but does not do what was asked of it."""

    code = "wrong_task"


class AudioUnreadable(InvalidRequest):
    """The bytes hold no audio that can be decoded."""

    code = "audio_unreadable"


class ClipsRejected(InvalidRequest):
    """No good voice can be made from these recordings; the message names each of them and its faults."""

    status, code = 422, "clips_rejected"


class ClipsFlawed(ClipsRejected):
    """As clips_rejected, but a voice can be made of them with ``force``, and would have their flaws."""

    code = "clips_flawed"


class VoiceNameInvalid(InvalidRequest):
    """No voice may have that name."""

    code = "voice_name_invalid"


class VoiceExists(InvalidRequest):
    """There is a voice of that name already; not a 409, because trying again would not help."""

    status, code = 422, "voice_exists"


class ConsentMissing(InvalidRequest):
    """Nobody said that the speaker agrees to have the voice copied."""

    status, code = 403, "consent_missing"


class AudioTooLong(InvalidRequest):
    """The recording is longer than the server takes."""

    status, code = 413, "audio_too_long"


class PictureUnreadable(InvalidRequest):
    """The bytes hold no picture that can be decoded, or only a part of one."""

    code = "picture_unreadable"


class PictureTooLarge(InvalidRequest):
    """The picture has more bytes or pixels than are taken."""

    status, code = 413, "picture_too_large"


class PictureRefused(InvalidRequest):
    """The safety checker that comes with the model keeps back what it drew."""

    code = "picture_refused"


class UploadTooLarge(InvalidRequest):
    """The upload has more bytes than the server takes."""

    status, code = 413, "upload_too_large"


class AlreadyInLibrary(InvalidRequest):
    """The library has one of that name or address already; not a 409, because trying again would not help."""

    status, code = 422, "already_in_library"


class EditRefused(InvalidRequest):
    """The lines cannot be changed in that way."""

    status, code = 422, "edit_refused"


class RecordingSilent(InvalidRequest):
    """There is nothing to hear in a recording."""

    status, code = 422, "recording_silent"


class BackupRefused(InvalidRequest):
    """The file is no backup that can be restored or cannot be written, or a library is there that it would replace."""

    status, code = 422, "backup_refused"


class SettingRefused(InvalidRequest):
    """A setting cannot have that value, or not from here."""

    status, code = 422, "setting_refused"


class Unauthorized(CatwalkError):
    """No valid key came with the request."""

    status, code = 401, "unauthorized"


class ForeignSite(CatwalkError):
    """A page of another site had a browser send what would change something."""

    status, code = 403, "foreign_site"


class HostUnknown(CatwalkError):
    """The request was sent to a name that is not this server's."""

    status, code = 421, "host_unknown"


class UnknownModel(CatwalkError):
    """The catalog has no model of that name."""

    status, code = 404, "model_not_found"


class VoiceNotFound(CatwalkError):
    """The voice library has no voice of that name."""

    status, code = 404, "voice_not_found"


class NotInLibrary(CatwalkError):
    """The library has no such show, article, episode, line or take."""

    status, code = 404, "not_in_library"


class JobNotFound(CatwalkError):
    """There is no job of that id."""

    status, code = 404, "job_not_found"


class JobNotWaiting(CatwalkError):
    """A job that runs or has ended cannot change its place among those that wait."""

    status, code = 422, "job_not_waiting"


class JobsNotRunning(CatwalkError):
    """This server only serves models; work that goes on by itself needs one that runs jobs."""

    status, code = 424, "jobs_not_running"


class StaleRevision(CatwalkError):
    """Somebody else has changed the episode since it was looked at; look again, then change it."""

    status, code = 409, "stale_revision"
    should_retry = False
    """Clients send a 409 again as it stands, unless they are told not to."""

    def __init__(self, message: str, *, revision: int) -> None:
        super().__init__(message, param="revision")
        self.revision = revision

    def to_body(self) -> dict[str, Any]:
        """With the episode's ``revision`` as it is now."""
        body = super().to_body()
        body["error"]["revision"] = self.revision
        return body


class NotPublished(CatwalkError):
    """No feed or file is published there, or not for whoever asks."""

    status, code = 404, "not_published"


class NotServable(CatwalkError):
    """The model is in the catalog, but this machine cannot serve it as it stands."""

    status, code = 424, "not_servable"


class BackendNotInstalled(NotServable):
    """Packages that the backend needs are missing."""

    code = "backend_not_installed"


class WeightsUnavailable(NotServable):
    """The weights cannot be found, fetched or verified."""

    code = "weights_unavailable"


class TermsNotAccepted(NotServable):
    """The weights come under terms of use that nobody has accepted on this machine yet."""

    code = "terms_not_accepted"


class KeyRefused(NotServable):
    """The endpoint that serves the model elsewhere does not take the key that the settings name."""

    code = "key_refused"


class NeverFits(NotServable):
    """The model needs more memory than the whole budget."""

    status, code = 422, "model_never_fits"


class Busy(CatwalkError):
    """Not now; the same request may succeed later."""

    status, code = 503, "busy"

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = 1.0) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)


class QueueFull(Busy):
    """Too many requests wait already."""

    code = "queue_full"


class CoolingDown(Busy):
    """The model failed a short while ago and rests before the next try."""

    code = "model_cooling_down"


class WorkerDied(Busy):
    """The process that ran the model ended in the middle of the request."""

    code = "worker_died"


class RemoteUnavailable(Busy):
    """The endpoint that serves the model elsewhere cannot be reached, or broke off in the middle of its answer."""

    code = "remote_unavailable"

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = 10.0) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)


class LibraryUnavailable(Busy):
    """The library's database cannot be reached, or is held by another writer."""

    code = "library_unavailable"


class DiskFull(Busy):
    """There is no room left where something had to be written; what was finished before is kept."""

    status, code = 507, "disk_full"

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = 60.0) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)


class ShuttingDown(Busy):
    """The server is going down."""

    code = "shutting_down"


class ModelFailed(CatwalkError):
    """The model itself failed; trying again with the same input would fail again."""

    code = "model_failed"
    should_retry = False


class BackendFailed(ModelFailed):
    """The model raised while it ran; the cause is chained."""

    code = "backend_failed"


class LoadFailed(ModelFailed):
    """The model could not be brought into memory."""

    code = "load_failed"


class Cancelled(CatwalkError):
    """The caller went away or withdrew the request."""

    status, code = 499, "cancelled"


class SourceError(CatwalkError):
    """What was to be read cannot be read."""

    status, code = 422, "source_error"


class FetchRefused(SourceError):
    """The address may not be fetched: not public, or not http."""

    status, code = 403, "fetch_refused"


class RobotsRefused(FetchRefused):
    """The site's robots.txt does not allow the address to be read."""

    code = "robots_refused"


class FetchFailed(SourceError):
    """The other side did not answer, or answered with an error."""

    code = "fetch_failed"


class FetchTimeout(SourceError):
    """The other side took too long."""

    code = "fetch_timeout"


class SourceTooLarge(SourceError):
    """The source has more bytes than the limit."""

    code = "source_too_large"


class UnsupportedSource(SourceError):
    """The source is of a kind that cannot be read aloud, such as a PDF or a picture."""

    code = "unsupported_source"


class NoArticle(SourceError):
    """The page has no article in it."""

    code = "no_article"


class NoPosts(SourceError):
    """Nothing at the address, or at what it leads to, is a post."""

    code = "no_posts"


class HostResting(SourceError):
    """The site asks to be left alone for longer than a crawl waits; the message says for how long."""

    code = "host_resting"


class LanguageNotSpoken(SourceError):
    """The text is in a language that cannot be read out."""

    code = "language_not_spoken"


class LibraryTooNew(CatwalkError):
    """A newer catwalk has written the library."""

    code, should_retry = "library_too_new", False


class EnvironmentFailed(CatwalkError):
    """A backend's own environment could not be built; nothing of it is left behind."""

    code = "environment_failed"


class ReadingFailed(CatwalkError):
    """A reading could not be finished; what was spoken is kept."""

    code = "reading_failed"


class ExportFailed(CatwalkError):
    """A show could not be written to where it should go; what is there already is whole."""

    code = "export_failed"


class ServerUnreachable(CatwalkError):
    """The client finds no catwalk server at the address."""

    status, code = 502, "server_unreachable"


class ServerAnswered(CatwalkError):
    """The server answered the client with an error."""

    def __init__(self, message: str, *, status: int, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.status = status  # type: ignore[misc]  # this one leaf carries what the other side said
        self.code = code  # type: ignore[misc]  # likewise


class SettingsInvalid(CatwalkError):
    """The settings file or an environment variable says something impossible."""

    status, code = 400, "settings_invalid"
