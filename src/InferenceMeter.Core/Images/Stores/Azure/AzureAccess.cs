using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace InferenceMeter.Images.Stores.Azure;

/// <summary>How a container is asked, with credentials or without.</summary>
/// <param name="Container">Asks it.</param>
/// <param name="Anonymous">
/// Asks it without credentials, where it turns out that there are none; <see langword="null"/> when that is no way.
/// </param>
/// <param name="Remedy">What to do when the credentials are refused, to follow a semicolon.</param>
internal sealed record AzureAccess(BlobContainerClient Container, BlobContainerClient? Anonymous, string Remedy)
{
    /// <summary>What to do where there are no credentials.</summary>
    public const string NoCredentials =
        "no credentials were found: sign in with az login, or set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY "
        + "or AZURE_STORAGE_SAS_TOKEN";

    private const string ConnectionVariable = "AZURE_STORAGE_CONNECTION_STRING";
    private const string AccountVariable = "AZURE_STORAGE_ACCOUNT";
    private const string KeyVariable = "AZURE_STORAGE_KEY";
    private const string SasVariable = "AZURE_STORAGE_SAS_TOKEN";

    /// <summary>
    /// The first of: the signature in the address, the connection string, the account's key, the signature in the
    /// environment, what <see cref="DefaultAzureCredential"/> finds (workload and managed identities, <c>az login</c>),
    /// none.
    /// </summary>
    /// <exception cref="ImageSourceException">A variable of the environment holds nothing that can be used.</exception>
    public static AzureAccess Find(AzureAddress address) =>
        OfAddress(address)
        ?? OfConnection(address)
        ?? OfKey(address)
        ?? OfSas(address)
        ?? OfIdentity(address)
        ?? new AzureAccess(Anonymously(address), null, NoCredentials);

    private static AzureAccess? OfAddress(AzureAddress address)
    {
        if (address.Sas is not { } sas)
            return null;
        // A connection string says where its account answers, also for another's signature.
        var known = address.HasEndpoint ? null : OfConnection(address)?.Container.GetParentBlobServiceClient().Uri;
        return new AzureAccess(
            Signed(known ?? address.Endpoint, address.Container, sas),
            null,
            "the signature of the address may be expired or wrong"
        );
    }

    private static AzureAccess? OfConnection(AzureAddress address)
    {
        if (Variable(ConnectionVariable) is not { } connection)
            return null;
        try
        {
            var service = new BlobServiceClient(connection, Options());
            return
                service.AccountName == address.Account
                && (!address.HasEndpoint || service.Uri.Authority == address.Endpoint.Authority)
                ? new AzureAccess(service.GetBlobContainerClient(address.Container), null, Check(ConnectionVariable))
                : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw Unusable(
                ConnectionVariable,
                "the connection string of a storage account, as Azure's portal shows it"
            );
        }
    }

    private static AzureAccess? OfKey(AzureAddress address)
    {
        if (Variable(KeyVariable) is not { } key || !IsOfAccount(address))
            return null;
        try
        {
            var credential = new StorageSharedKeyCredential(address.Account, key);
            return new AzureAccess(
                new BlobServiceClient(address.Endpoint, credential, Options()).GetBlobContainerClient(
                    address.Container
                ),
                null,
                Check(KeyVariable)
            );
        }
        catch (FormatException)
        {
            throw Unusable(KeyVariable, "the key of a storage account, which is Base64");
        }
    }

    private static AzureAccess? OfSas(AzureAddress address) =>
        Variable(SasVariable) is { } sas && IsOfAccount(address) && address.IsTrusted
            ? new AzureAccess(Signed(address.Endpoint, address.Container, sas.TrimStart('?')), null, Check(SasVariable))
            : null;

    private static AzureAccess? OfIdentity(AzureAddress address)
    {
        // A token is only ever sent encrypted.
        if (!address.IsTrusted || address.Endpoint.Scheme != Uri.UriSchemeHttps)
            return null;
        var service = new BlobServiceClient(address.Endpoint, new DefaultAzureCredential(), Options());
        return new AzureAccess(
            service.GetBlobContainerClient(address.Container),
            Anonymously(address),
            "the identity that was found needs the role Storage Blob Data Reader; sign in with az login, or set "
                + $"{ConnectionVariable}, {KeyVariable} or {SasVariable}"
        );
    }

    private static BlobContainerClient Anonymously(AzureAddress address) =>
        new BlobServiceClient(address.Endpoint, Options()).GetBlobContainerClient(address.Container);

    private static BlobContainerClient Signed(Uri endpoint, string container, string sas) =>
        new BlobServiceClient(endpoint, new AzureSasCredential(sas), Options()).GetBlobContainerClient(container);

    private static BlobClientOptions Options()
    {
        var options = new BlobClientOptions { TrimBlobNameSlashes = false };
        // Trying again and giving up are done in one place for all stores.
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        options.AddPolicy(new AskedOnlyPolicy(), HttpPipelinePosition.PerCall);
        return options;
    }

    private static bool IsOfAccount(AzureAddress address) =>
        Variable(AccountVariable) is not { } account || account == address.Account;

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string Check(string variable) => $"check {variable}";

    private static ImageSourceException Unusable(string variable, string expected) =>
        ImageSourceException.ForImages($"{variable} is not {expected}; set it anew");
}
