using System.Globalization;
using InferenceMeter.Images;
using InferenceMeter.Pipeline.Requests;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace InferenceMeter.Web.Api;

/// <summary>
/// The problem details for images that were not classified. Clients that classify find the reason as <c>error</c>, too,
/// as they would in the Open Inference Protocol.
/// </summary>
internal static class ServingProblems
{
    /// <summary>The problem of a request of which no image was accepted.</summary>
    public static ProblemHttpResult Refused(RequestRefusedException refused, HttpContext context)
    {
        var (status, title) = refused.Reason switch
        {
            RefusalReason.Full => (StatusCodes.Status429TooManyRequests, "Busy"),
            RefusalReason.TooMany => (StatusCodes.Status413PayloadTooLarge, "Too many images"),
            _ => (StatusCodes.Status503ServiceUnavailable, "Not serving"),
        };
        if (refused.Reason != RefusalReason.TooMany)
            context.Response.Headers.RetryAfter = refused.RetryAfter.TotalSeconds.ToString(
                "0",
                CultureInfo.InvariantCulture
            );
        return Problem(status, title, refused.Message);
    }

    /// <summary>
    /// The problem of a request of which an image was dropped or cut off by the end of the meter;
    /// <see langword="null"/> when none was.
    /// </summary>
    public static ProblemHttpResult? Undone(IReadOnlyList<ImageAnswer> answers)
    {
        if (answers.Any(answer => answer.Outcome == AnswerOutcome.Dropped))
            return Problem(
                StatusCodes.Status504GatewayTimeout,
                "Too late",
                "the time of the request was over before a place in a batch was free; nothing was run for "
                    + "what is missing"
            );
        if (answers.Any(answer => answer.Outcome == AnswerOutcome.Stopped))
            return Problem(
                StatusCodes.Status503ServiceUnavailable,
                "Not serving",
                "the meter is ending, or runs ready tensors (--scope model)"
            );
        return null;
    }

    /// <summary>The problem of an image that could not be classified.</summary>
    /// <param name="failure">What was wrong with it.</param>
    /// <param name="which">The image as a client would name it.</param>
    public static ProblemHttpResult Failed(ImageFailure failure, string which = "the image")
    {
        if (failure == ImageFailure.Inference)
            return Problem(
                StatusCodes.Status503ServiceUnavailable,
                "Inference failed",
                $"the model could not be run on {which}"
            );
        var status =
            failure == ImageFailure.TooLarge
                ? StatusCodes.Status413PayloadTooLarge
                : StatusCodes.Status422UnprocessableEntity;
        return Problem(
            status,
            "Not an image that can be classified",
            $"{which} is {failure.ToLabel()}: {Meaning(failure)}"
        );
    }

    /// <summary>A problem with the member <c>error</c>.</summary>
    public static ProblemHttpResult Problem(int status, string title, string detail) =>
        TypedResults.Problem(
            new ProblemDetails
            {
                Status = status,
                Title = title,
                Detail = detail,
                Extensions = { ["error"] = detail },
            }
        );

    /// <summary>What a failure means, and what to do about it, in a few words.</summary>
    public static string Meaning(ImageFailure failure) =>
        failure switch
        {
            ImageFailure.TooLarge => "more bytes or pixels than --max-image-bytes and --max-image-pixels allow",
            ImageFailure.Unsupported => "no format that is known here (JPEG, PNG, WebP, BMP, GIF)",
            ImageFailure.Corrupt =>
                "its content breaks the rules of its format, or pixels are not of the model's input size",
            ImageFailure.Truncated => "it ends before the picture does",
            _ => failure.ToLabel(),
        };
}
