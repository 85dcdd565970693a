using System.Net;

namespace InferenceMeter.Tests;

public sealed class EmulatorTests
{
    [EmulatorFact]
    public async Task That_of_S3_answers_while_it_is_held()
    {
        using var client = new HttpClient();
        Uri address;
        await using (var emulator = await Emulator.StartS3Async())
        {
            address = emulator.Address;
            var answer = await client.GetAsync(new Uri(address, "no-such-bucket/"));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Contains("NoSuchBucket", await answer.Content.ReadAsStringAsync());
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address));
    }
}
