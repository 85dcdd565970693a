using Azure;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Identity.Client;

namespace InferenceMeter.Images.Stores.Azure;

/// <summary>A container of Azure's blob storage.</summary>
internal sealed class AzureBucket(AzureAccess access, AzureAddress address) : IBucket
{
    /// <summary>
    /// Codes of <see href="https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes">Azure's
    /// errors</see> that mean something else than their status says.
    /// </summary>
    private static readonly Dictionary<string, StoreFault> Faults = new(StringComparer.Ordinal)
    {
        ["AuthenticationFailed"] = StoreFault.Credentials,
        ["InvalidAuthenticationInfo"] = StoreFault.Credentials,
        ["NoAuthenticationInformation"] = StoreFault.Credentials,
        ["PublicAccessNotPermitted"] = StoreFault.Credentials,
        ["KeyBasedAuthenticationNotPermitted"] = StoreFault.Credentials,
        ["InternalError"] = StoreFault.Unavailable,
        ["OperationTimedOut"] = StoreFault.Unavailable,
        ["ServerBusy"] = StoreFault.Unavailable,
        ["ConditionNotMet"] = StoreFault.Changed,
    };

    private volatile bool _isAnonymous;

    /// <inheritdoc/>
    public string Kind => "azure";

    /// <inheritdoc/>
    public string Address { get; } = address.Public;

    private string Remedy => _isAnonymous ? AzureAccess.NoCredentials : access.Remedy;

    /// <inheritdoc/>
    public Task<ObjectPage> ListAsync(string prefix, string? continuation, CancellationToken stop) =>
        AskAsync(async container =>
        {
            var options = new GetBlobsOptions { Prefix = prefix };
            var pages = container.GetBlobsAsync(options, stop).AsPages(continuation);
            await foreach (var page in pages)
                return new ObjectPage(
                    [.. page.Values.Select(blob => (blob.Name, blob.Properties.ContentLength ?? 0))],
                    page.ContinuationToken is { Length: > 0 } next ? next : null
                );
            return new ObjectPage([], null);
        });

    /// <inheritdoc/>
    public Task<ObjectContent> GetAsync(ObjectRequest request, CancellationToken stop) =>
        AskAsync(async container =>
        {
            var options = new BlobDownloadOptions
            {
                Range = request.IsWhole ? default : new HttpRange(request.From, request.Length),
                Conditions = request.Version is { } version
                    ? new BlobRequestConditions { IfMatch = new ETag(version) }
                    : null,
            };
            var answer = await container.GetBlobClient(request.Key).DownloadStreamingAsync(options, stop);
            var details = answer.Value.Details;
            return new ObjectContent(
                answer.Value.Content,
                details.ContentLength,
                ObjectContent.SizeOf(details.ContentRange) ?? details.ContentLength,
                details.ETag.ToString()
            );
        });

    /// <inheritdoc/>
    public StoreException FaultOf(Exception failure) =>
        failure switch
        {
            RequestFailedException { Status: > 0 } refused => FaultOf(refused),
            RequestFailedException { InnerException: { } inner } => HttpFaults.Of(inner),
            AuthenticationFailedException unknown => new StoreException(
                IsOfNetwork(unknown) ? StoreFault.Unavailable : StoreFault.Credentials,
                $"{FirstLine(unknown.Message)}; {Remedy}",
                unknown
            ),
            _ => HttpFaults.Of(failure),
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        // The clients of the library share their connections, and are never closed.
    }

    /// <summary>Asks with credentials; where it turns out that there are none, from then on without.</summary>
    private async Task<T> AskAsync<T>(Func<BlobContainerClient, Task<T>> ask)
    {
        using var asked = AskedOnlyPolicy.Ask();
        if (access.Anonymous is not { } anonymous)
            return await ask(access.Container);
        if (!_isAnonymous)
        {
            try
            {
                return await ask(access.Container);
            }
            catch (AuthenticationFailedException e) when (IsWithoutIdentity(e))
            {
                _isAnonymous = true;
            }
        }

        return await ask(anonymous);
    }

    /// <summary>Whether there is no identity, which is another matter than one that is refused.</summary>
    private static bool IsWithoutIdentity(AuthenticationFailedException failure) =>
        failure is CredentialUnavailableException
        // A proxy that refuses to pass on the question.
        || failure.GetBaseException() is MsalException { ErrorCode: MsalError.ManagedIdentityAllSourcesUnavailable };

    private StoreException FaultOf(RequestFailedException refused)
    {
        var code = refused.ErrorCode ?? "";
        var fault = Faults.TryGetValue(code, out var known) ? known : HttpFaults.Of(refused.Status);
        var message = $"{refused.Status} {code}: {FirstLine(refused.Message)}";
        // A container that is not public is not there for who has no credentials.
        var isOfCaller =
            fault is StoreFault.Credentials or StoreFault.Forbidden
            || (fault == StoreFault.NotFound && Remedy == AzureAccess.NoCredentials);
        return new StoreException(fault, isOfCaller ? $"{message}; {Remedy}" : message, refused);
    }

    /// <summary>Whether the credentials were not refused: who gives them could not be reached.</summary>
    private static bool IsOfNetwork(AuthenticationFailedException failure) =>
        failure.GetBaseException()
            is RequestFailedException { Status: 0 or >= 500 }
                or HttpRequestException
                or IOException;

    /// <summary>The lines after it have headers and the body of the answer.</summary>
    private static string FirstLine(string message) => message.Split('\n')[0].Trim();
}
